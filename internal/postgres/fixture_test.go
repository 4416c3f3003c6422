package postgres

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"truckroll/dispatch"
)

// world is a store with a territory, two installers, their shifts, and a clock.
type world struct {
	*Store

	t   testing.TB
	std *dispatch.Standard
	now time.Time // 09:00 in the territory, tomorrow: holds go by the database's clock
}

var (
	desk  = dispatch.Actor{Role: dispatch.RoleDispatcher, ID: "d-1"}
	clock = dispatch.Actor{Role: dispatch.RoleSystem, ID: "clock"}
)

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{Store: testStore(t), t: t}
	var err error
	w.std, err = w.Current(t.Context())
	w.must(err)
	d := time.Now().UTC().AddDate(0, 0, 1)
	w.now = time.Date(d.Year(), d.Month(), d.Day(), 9, 0, 0, 0, time.UTC)
	w.Now = func() time.Time { return w.now }
	w.must(w.PutTerritory(t.Context(), dispatch.Territory{
		ID: "north", Name: "North", TimeZone: "UTC", Center: dispatch.Place{Latitude: 52.5, Longitude: 13.4}, RadiusMetres: 20_000,
		Hotline: "+4930555000",
	}))
	for _, id := range []string{"i-1", "i-2"} {
		w.must(w.PutInstaller(t.Context(), Installer{
			ID: id, Name: "Installer " + id, Phone: "+4930555001", Territory: "north", Active: true,
			Certificates: []Certificate{{"fiber_install", w.now.AddDate(1, 0, 0)}, {"fiber_repair", w.now.AddDate(1, 0, 0)}},
		}))
		w.shifts(id, 0)
	}
	return w
}

// shifts plans 08:00 to 18:00 on eight days, from the world's today.
func (w *world) shifts(installer string, maxJobs int) {
	var shifts []dispatch.Shift
	for day := range 8 {
		start := w.now.AddDate(0, 0, day).Add(-time.Hour)
		shifts = append(shifts, dispatch.Shift{Installer: installer, Start: start, End: start.Add(10 * time.Hour), MaxJobs: maxJobs})
	}
	w.must(w.PutShifts(w.t.Context(), shifts))
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func intake(order string) dispatch.Intake {
	return dispatch.Intake{
		ExternalOrder: order, Kind: dispatch.KindInstall, Channel: dispatch.ChannelOnline, Product: "fttr-1000", ContractMbps: 1000,
		Customer: dispatch.Customer{
			Name: "Ada Lovelace", Phone: "+493012345678", Address: "Main St. 12-4, Berlin",
			Place: &dispatch.Place{Latitude: 52.51, Longitude: 13.41},
		},
	}
}

func (w *world) admit(in dispatch.Intake) Admit {
	return func(number string, now time.Time) (dispatch.Job, []dispatch.Entry, error) {
		territories, err := w.Territories(w.t.Context())
		if err != nil {
			return dispatch.Job{}, nil, err
		}
		job, err := dispatch.Admit(w.std, territories, in, number, now)
		if err != nil {
			return job, nil, err
		}
		job.OpenedAt = w.now
		e := job.Opened(desk, in.Channel)
		return job, []dispatch.Entry{e}, nil
	}
}

// job registers a job and returns it as its workflow would start with it.
func (w *world) job(order string, change ...func(*dispatch.Intake)) dispatch.Job {
	w.t.Helper()
	in := intake(order)
	for _, f := range change {
		f(&in)
	}
	number, _, err := w.Register(w.t.Context(), in, desk, "key-"+order, w.admit(in))
	w.must(err)
	r, err := w.Job(w.t.Context(), number)
	w.must(err)
	return r.Job
}

// outcome decides a command without writing it down.
func (w *world) outcome(job dispatch.Job, key string, actor dispatch.Actor, at time.Time, commands ...dispatch.Command) dispatch.Commit {
	w.t.Helper()
	timed := make([]dispatch.Timed, len(commands))
	for i, c := range commands {
		timed[i].Command = c
	}
	req, err := dispatch.NewRequest(actor, timed...)
	w.must(err)
	out, err := dispatch.Do(w.std, job, req, at)
	w.must(err)
	return dispatch.Commit{Key: key, Outcome: out, Receipt: dispatch.Receipt{
		Number: job.Number, Seq: out.Job.Seq, Status: out.Job.Status, At: at, Hash: req.Hash,
	}}
}

// do decides a command, writes it down and returns the job afterwards.
func (w *world) do(job dispatch.Job, key string, actor dispatch.Actor, at time.Time, commands ...dispatch.Command) dispatch.Job {
	w.t.Helper()
	c := w.outcome(job, key, actor, at, commands...)
	w.must(w.Commit(w.t.Context(), c))
	return c.Outcome.Job
}

func (w *world) reservation(job dispatch.Job, key string, start time.Time, installers ...string) dispatch.Reservation {
	return dispatch.Reservation{
		Number: job.Number, Key: key, Territory: job.Territory, Skills: job.Skills, Installers: installers,
		Window: dispatch.Window{Start: start, End: start.Add(job.WorkTime.D())}, Travel: w.std.Travel, Reserve: w.std.PriorityReserve,
	}
}

// book reserves and books a time.
func (w *world) book(job dispatch.Job, key string, start time.Time, installer string) dispatch.Job {
	w.t.Helper()
	_, err := w.Reserve(w.t.Context(), w.reservation(job, key, start, installer))
	w.must(err)
	return w.do(job, key, desk, w.now, &dispatch.Book{Start: start, Installers: []string{installer}})
}

func refusal(t testing.TB, err error, code dispatch.Code) *dispatch.Refusal {
	t.Helper()
	var r *dispatch.Refusal
	if !errors.As(err, &r) || r.Code != code {
		t.Fatalf("want a refusal %s, got %v", code, err)
	}
	return r
}

func (w *world) count(sql string, args ...any) (n int) {
	w.t.Helper()
	w.must(w.pool.QueryRow(w.t.Context(), sql, args...).Scan(&n))
	return n
}

func asJSON(t testing.TB, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func name(format string, args ...any) string { return fmt.Sprintf(format, args...) }
