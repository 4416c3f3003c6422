package postgres

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"truckroll/dispatch"
)

func TestReserveTakesTheFirstWhoIsFree(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	start := w.now.Add(2 * time.Hour)
	w.book(w.job("o-1"), "k", start, "i-1")
	job := w.job("o-2")
	got, err := w.Reserve(t.Context(), w.reservation(job, "k", start, "i-1", "i-2"))
	w.must(err)
	if got.Installer != "i-2" || !got.Start.Equal(start) || got.End.Sub(got.Start) != time.Hour {
		t.Errorf("got %+v", got)
	}
	again, err := w.Reserve(t.Context(), w.reservation(job, "k", start, "i-2", "i-1"))
	w.must(err)
	if again != got {
		t.Errorf("the same key got %+v, then %+v", got, again)
	}
	if anyone, err := w.Reserve(t.Context(), w.reservation(w.job("o-3"), "k", start.Add(2*time.Hour))); err != nil || anyone.Installer == "" {
		t.Errorf("a request for anybody: %+v %v", anyone, err)
	}
}

func TestReserveObstacles(t *testing.T) {
	t.Parallel()
	at := func(d time.Duration) func(*world) time.Time { return func(w *world) time.Time { return w.now.Add(d) } }
	for _, tc := range []struct {
		name  string
		setup func(*world)
		start func(*world) time.Time
		code  dispatch.Code // empty: it is reserved
	}{
		{name: "in the reserve of the shift's end", start: at(7*time.Hour + time.Minute), code: dispatch.CodeSlotTaken},
		{name: "up to the reserve", start: at(7 * time.Hour)},
		{name: "outside the shift", start: at(12 * time.Hour), code: dispatch.CodeSlotTaken},
		{name: "inactive", start: at(2 * time.Hour), code: dispatch.CodeSlotTaken, setup: func(w *world) {
			w.change("i-1", func(i *Installer) { i.Active = false })
		}},
		{name: "another territory", start: at(2 * time.Hour), code: dispatch.CodeSlotTaken, setup: func(w *world) {
			w.must(w.PutTerritory(w.t.Context(), dispatch.Territory{ID: "south", Name: "South", TimeZone: "UTC", RadiusMetres: 1}))
			w.change("i-1", func(i *Installer) { i.Territory = "south" })
		}},
		{name: "no certificate", start: at(2 * time.Hour), code: dispatch.CodeNotCertified, setup: func(w *world) {
			w.change("i-1", func(i *Installer) { i.Certificates = i.Certificates[1:] })
		}},
		{name: "certificate runs out during the work", start: at(2 * time.Hour), code: dispatch.CodeNotCertified, setup: func(w *world) {
			w.change("i-1", func(i *Installer) { i.Certificates[0].ValidUntil = w.now.Add(150 * time.Minute) })
		}},
		{name: "the shift is full", start: at(5 * time.Hour), code: dispatch.CodeSlotTaken, setup: func(w *world) {
			w.shifts("i-1", 1)
			w.book(w.job("o-full"), "k", w.now.Add(time.Hour), "i-1")
		}},
		{name: "the way to the next", start: at(2 * time.Hour), code: dispatch.CodeSlotTaken, setup: func(w *world) {
			w.book(w.job("o-next"), "k", w.now.Add(3*time.Hour+10*time.Minute), "i-1")
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if tc.setup != nil {
				tc.setup(w)
			}
			_, err := w.Reserve(t.Context(), w.reservation(w.job("o-1"), "k", tc.start(w), "i-1"))
			if tc.code == "" {
				w.must(err)
				return
			}
			refusal(t, err, tc.code)
		})
	}
}

func TestReserveForTheSameTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.must(w.PutTerritory(t.Context(), dispatch.Territory{ID: "south", Name: "South", TimeZone: "UTC", RadiusMetres: 1}))
	w.change("i-2", func(i *Installer) { i.Territory = "south" })
	start := w.now.Add(7 * time.Hour)
	job := w.book(w.job("o-1"), "k", start, "i-1")
	r := w.reservation(job, "k-2", start.Add(time.Hour), "i-2") // the shift's last hour
	r.Same = true
	got, err := w.Reserve(t.Context(), r)
	w.must(err)
	if got.Installer != "i-2" {
		t.Errorf("got %+v", got)
	}
}

func TestReserveRace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	start := w.now.Add(2 * time.Hour)
	const n = 100
	jobs := make([]dispatch.Job, n)
	for i := range jobs {
		jobs[i] = w.job(name("o-%d", i))
	}
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range jobs {
		wg.Go(func() { _, errs[i] = w.Reserve(t.Context(), w.reservation(jobs[i], "k", start, "i-1")) })
	}
	wg.Wait()
	won := 0
	var offered []dispatch.Window
	for _, err := range errs {
		if err == nil {
			won++
			continue
		}
		r := refusal(t, err, dispatch.CodeSlotTaken)
		if r.Rule != dispatch.RuleCustomersTime || len(r.Alternatives) != alternatives {
			t.Fatalf("refusal: %+v", r)
		}
		offered = r.Alternatives
	}
	if won != 1 {
		t.Fatalf("%d of %d got the window", won, n)
	}
	for i, alt := range offered { // each of them alone is free
		job := w.job(name("o-alt-%d", i))
		r := w.reservation(job, "k", alt.Start, alt.Installer)
		if got, err := w.Reserve(t.Context(), r); err != nil || !got.Start.Equal(alt.Start) {
			t.Errorf("the alternative %+v is not free: %v", alt, err)
		}
		_, err := w.pool.Exec(t.Context(), "DELETE FROM appointments WHERE job = $1", job.Number)
		w.must(err)
	}
}

func TestHoldsRunOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	start := w.now.Add(2 * time.Hour)
	first, second := w.job("o-1"), w.job("o-2")
	_, err := w.Reserve(t.Context(), w.reservation(first, "k", start, "i-1"))
	w.must(err)
	_, err = w.Reserve(t.Context(), w.reservation(second, "k", start, "i-1"))
	refusal(t, err, dispatch.CodeSlotTaken)
	w.expire()
	_, err = w.Reserve(t.Context(), w.reservation(second, "k", start, "i-1"))
	w.must(err)
	_, err = w.Reserve(t.Context(), w.reservation(first, "k", start, "i-1"))
	refusal(t, err, dispatch.CodeSlotTaken)
}

func TestTheDatabaseForbidsDoubleBooking(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.job("o-1"), w.job("o-2")
	insert := func(job dispatch.Job, key, state string, from, to int) error {
		_, err := w.pool.Exec(t.Context(), `INSERT INTO appointments (job, key, installer_id, starts_at, ends_at, busy_until, state)
			VALUES ($1, $2, 'i-1', $3, $4, $4, $5)`, job.Number, key, w.now.Add(time.Duration(from)*time.Hour), w.now.Add(time.Duration(to)*time.Hour), state)
		return err
	}
	w.must(insert(a, "1", "booked", 1, 3))
	w.must(insert(a, "2", "booked", 2, 4)) // its own old time
	w.must(insert(b, "3", "booked", 4, 5)) // touches
	w.must(insert(b, "4", "released", 1, 3))
	if err := insert(b, "5", "booked", 3, 4); !is(err, exclusionViolation) {
		t.Errorf("want an exclusion violation, got %v", err)
	}
}

// Whatever is reserved, booked, moved, cancelled and left to run out: no two live
// appointments of an installer overlap, and every scheduled job has exactly one.
func TestNoOverlapProperty(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		jobs := make([]dispatch.Job, 4)
		for i := range jobs {
			n++
			jobs[i] = w.job(name("o-%d", n))
		}
		for step := range rapid.IntRange(1, 12).Draw(rt, "steps") {
			job := &jobs[rapid.IntRange(0, len(jobs)-1).Draw(rt, "job")]
			start := w.now.Add(time.Duration(rapid.IntRange(1, 16).Draw(rt, "quarter")) * 15 * time.Minute)
			key := name("k-%d-%d", n, step)
			switch action := rapid.SampledFrom([]string{"book", "hold", "cancel", "expire"}).Draw(rt, "action"); {
			case action == "expire":
				w.expire()
			case job.Status.Ended():
			case action == "cancel":
				*job = w.do(*job, key, desk, w.now, &dispatch.Cancel{By: dispatch.PartyCustomer})
			default:
				got, err := w.Reserve(t.Context(), w.reservation(*job, key, start, "i-1", "i-2"))
				var r *dispatch.Refusal
				if errors.As(err, &r) || action == "hold" {
					continue
				}
				w.must(err)
				var c dispatch.Command = &dispatch.Book{Start: start, Installers: []string{got.Installer}}
				if job.Visit() != nil {
					c = &dispatch.Move{Start: start, Installers: []string{got.Installer}, By: dispatch.PartyCustomer}
				}
				*job = w.do(*job, key, desk, w.now, c)
			}
		}
		if k := w.count(`SELECT count(*) FROM appointments a JOIN appointments b ON a.installer_id = b.installer_id AND a.id < b.id
			WHERE a.state = 'booked' AND b.state = 'booked' AND a.during && b.during`); k != 0 {
			rt.Fatalf("%d pairs of booked appointments overlap", k)
		}
		if k := w.count(`SELECT count(*) FROM jobs j WHERE j.status = 'scheduled' AND 1 <> (SELECT count(*) FROM appointments a
			WHERE a.job = j.number AND a.state = 'booked' AND a.starts_at = j.appointment_start AND a.installer_id = j.installer_id)`); k != 0 {
			rt.Fatalf("%d scheduled jobs without exactly their appointment", k)
		}
		_, err := w.pool.Exec(t.Context(), "UPDATE appointments SET state = 'released', held_until = NULL; UPDATE jobs SET status = 'closed'")
		w.must(err)
	})
}

func TestSlotsAreFree(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	job := w.book(w.job("o-1"), "k", w.now.Add(time.Hour), "i-1")
	w.change("i-2", func(i *Installer) { i.Active = false })
	got, err := w.JobSlots(t.Context(), w.job("o-2").Number, w.now, w.now.Add(9*time.Hour), time.Time{}, 3)
	w.must(err)
	var starts []string
	for _, g := range got {
		starts = append(starts, g.Start.Format("15:04"))
	}
	// 10:00 to 11:00 and the way are booked; an hour and the way do not fit before it.
	if s := fmt.Sprint(starts); s != "[11:15 11:30 11:45]" {
		t.Errorf("free at %s", s)
	}
	own, err := w.JobSlots(t.Context(), job.Number, w.now, w.now.Add(9*time.Hour), time.Time{}, 1)
	w.must(err)
	if len(own) != 1 || !own[0].Start.Equal(w.now) {
		t.Errorf("a job's own time blocks it: %v", own)
	}
}

// change replaces an installer.
func (w *world) change(id string, f func(*Installer)) {
	w.t.Helper()
	in, err := w.Installer(w.t.Context(), id)
	w.must(err)
	f(&in)
	w.must(w.PutInstaller(w.t.Context(), in))
}
