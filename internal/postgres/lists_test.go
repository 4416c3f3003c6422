package postgres

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"truckroll/dispatch"
)

func numbers(list []Record) []string {
	out := make([]string, len(list))
	for i, r := range list {
		out[i] = r.Job.Number
	}
	return out
}

func TestSearch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	plain := w.job("ORD-77/1")
	booked := w.book(w.job("ORD-78", func(in *dispatch.Intake) {
		in.Customer.Name, in.Customer.Phone = "王小明 O'Neill", "+8613812345678"
		in.Kind, in.Account, in.Description = dispatch.KindRepair, "A-9", "no light on the terminal"
	}), "k", w.now.Add(2*time.Hour), "i-2")
	from, to := w.now.Add(time.Hour), w.now.Add(2*time.Hour)
	for _, tc := range []struct {
		name   string
		filter Filter
		want   []string
	}{
		{"all, the newest first", Filter{}, []string{booked.Number, plain.Number}},
		{"status", Filter{Status: []dispatch.Status{dispatch.StatusScheduled, dispatch.StatusHeld}}, []string{booked.Number}},
		{"territory", Filter{Territories: []string{"south"}}, nil},
		{"installer", Filter{Installer: "i-2"}, []string{booked.Number}},
		{"kind", Filter{Kind: dispatch.KindInstall}, []string{plain.Number}},
		{"from", Filter{From: &from}, []string{booked.Number}},
		{"to is excluded", Filter{To: &to}, nil},
		{"number", Filter{Text: plain.Number}, []string{plain.Number}},
		{"external order", Filter{Text: "ord-77"}, []string{plain.Number}},
		{"beginning of a name", Filter{Text: "lovel"}, []string{plain.Number}},
		{"name in another script", Filter{Text: "王小明"}, []string{booked.Number}},
		{"name with an apostrophe", Filter{Text: "o'neill"}, []string{booked.Number}},
		{"phone", Filter{Text: "+86 138 1234 5678"}, []string{booked.Number}},
		{"the phone's last four", Filter{Text: "5678"}, []string{plain.Number, booked.Number}},
		{"address", Filter{Text: "main 12-4"}, []string{booked.Number, plain.Number}},
		{"description", Filter{Text: "terminal light"}, []string{booked.Number}},
		{"operators are text", Filter{Text: "| & ! ( <-> :*"}, []string{booked.Number, plain.Number}},
		{"no broken rule", Filter{Broken: dispatch.RuleCompanyNotice}, nil},
	} {
		got, err := w.Search(t.Context(), tc.filter, "", 10)
		w.must(err)
		have := numbers(got.Items)
		slices.Sort(have)
		slices.Sort(tc.want)
		if !slices.Equal(have, tc.want) {
			t.Errorf("%s: got %v, want %v", tc.name, have, tc.want)
		}
	}
}

func TestSearchPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	grades := []dispatch.Grade{"", dispatch.GradeD, dispatch.GradeA, dispatch.GradeB, dispatch.GradeA, "", dispatch.GradeC}
	for i, g := range grades {
		w.job(name("o-%d", i), func(in *dispatch.Intake) { in.Grade = g }) // all opened at the same moment
	}
	for _, sort := range []Sort{SortNewest, SortWorkOrder} {
		var seen []Record
		cursor := ""
		for page := 0; ; page++ {
			got, err := w.Search(t.Context(), Filter{Sort: sort}, cursor, 2)
			w.must(err)
			seen = append(seen, got.Items...)
			if cursor = got.Next; cursor == "" {
				break
			}
		}
		all := numbers(seen)
		slices.Sort(all)
		if len(slices.Compact(all)) != len(grades) || len(seen) != len(grades) {
			t.Errorf("%s: %d jobs on pages, want %d", sort, len(seen), len(grades))
		}
		if sort == SortWorkOrder && !slices.IsSortedFunc(seen, func(a, b Record) int { return a.RankClass - b.RankClass }) {
			t.Errorf("not in work order: %v", numbers(seen))
		}
	}
	page, err := w.Search(t.Context(), Filter{}, "", 2)
	w.must(err)
	_, err = w.Search(t.Context(), Filter{Sort: SortWorkOrder}, page.Next, 2)
	refusal(t, err, dispatch.CodeBadRequest)
	_, err = w.Search(t.Context(), Filter{}, "%%", 2)
	refusal(t, err, dispatch.CodeBadRequest)
}

func TestRegisterLists(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	loose := w.job("o-loose")
	held := w.do(w.job("o-held"), "k", desk, w.now, &dispatch.PutOnHold{Reason: "parts_missing", NextStep: "order them"})
	booked := w.book(w.job("o-booked"), "k", w.now.Add(2*time.Hour), "i-1")

	un, err := w.Unreconciled(t.Context(), "north", "", 10)
	w.must(err)
	if got := numbers(un.Items); !slices.Equal(got, []string{loose.Number}) {
		t.Errorf("unreconciled: %v", got)
	}
	left, err := w.LeftOver(t.Context(), "", "", 10)
	w.must(err)
	if len(left.Items) != 0 {
		t.Errorf("left over: %v", numbers(left.Items))
	}
	// The clock of IN-5 fires at the end of the service day.
	for _, c := range dispatch.Clocks(w.std, &loose) {
		if c.Rule == dispatch.RuleServedNextDay {
			loose = w.do(loose, c.Key, clock, c.At, &dispatch.ClockFired{Key: c.Key})
		}
	}
	if left, err = w.LeftOver(t.Context(), "north", "", 10); err != nil || !slices.Equal(numbers(left.Items), []string{loose.Number}) {
		t.Errorf("left over: %v %v", numbers(left.Items), err)
	}
	queue, err := w.WorkQueue(t.Context(), "north", "", 10)
	w.must(err)
	if got := numbers(queue.Items); !slices.Equal(got, []string{loose.Number, booked.Number}) {
		t.Errorf("work queue: %v", got)
	}
	calls, err := w.CallList(t.Context(), "north", "", 10)
	if err != nil || len(calls.Items) != 0 {
		t.Errorf("call list: %v %v", calls, err)
	}
	alerts, err := w.Alerts(t.Context(), AlertFilter{Role: dispatch.RoleDispatcher, Territory: "north"}, "", 10)
	w.must(err)
	if len(alerts.Items) != 1 || alerts.Items[0].Job != loose.Number || alerts.Items[0].Entry.Rule != dispatch.RuleServedNextDay {
		t.Fatalf("alerts: %+v", alerts.Items)
	}
	seq := alerts.Items[0].Entry.Seq
	for range 2 {
		w.must(w.Acknowledge(t.Context(), loose.Number, seq, desk, "called"))
	}
	refusal(t, w.Acknowledge(t.Context(), held.Number, 1, desk, ""), dispatch.CodeNotFound)
	if alerts, err = w.Alerts(t.Context(), AlertFilter{}, "", 10); err != nil || len(alerts.Items) != 0 {
		t.Errorf("alerts left: %+v %v", alerts.Items, err)
	}
	day, err := w.InstallerDay(t.Context(), "i-1", w.now, time.UTC)
	w.must(err)
	if len(day) != 1 || day[0].Job.Number != booked.Number || day[0].Customer.Name == "" {
		t.Errorf("day: %+v", day)
	}
}

// Writers whose transactions overlap: a reader that goes on from its cursor sees every
// entry once, and a job's entries in order.
func TestFeedMissesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const writers, each = 8, 10
	jobs := make([]dispatch.Job, writers)
	for i := range jobs {
		jobs[i] = w.job(name("o-%d", i))
	}
	ctx := context.WithoutCancel(t.Context())
	// A transaction that began first and ends last holds the feed back.
	slow, err := w.pool.Begin(ctx)
	w.must(err)
	_, err = slow.Exec(ctx, `INSERT INTO job_events (job, seq, at, actor_role, actor_id, action, fact, rule, status, command_key)
		VALUES ($1, 1000, now(), 'system', 'x', 'clock', 'slow', '', 'received', 'slow')`, jobs[0].Number)
	w.must(err)
	var wg sync.WaitGroup
	for i := range jobs {
		wg.Go(func() {
			for k := range each {
				jobs[i] = w.do(jobs[i], name("k-%d", k), desk, w.now, &dispatch.ContactAttempt{Channel: "call", Outcome: "busy"})
			}
		})
	}
	cursor, seen := "", map[string]int64{}
	total := 0
	read := func() {
		for {
			events, err := w.Feed(ctx, cursor, 7)
			w.must(err)
			if len(events) == 0 {
				return
			}
			for _, e := range events {
				if e.Entry.Fact != "slow" && e.Entry.Seq != seen[e.Job]+1 {
					t.Fatalf("job %s: entry %d after %d", e.Job, e.Entry.Seq, seen[e.Job])
				}
				if e.Entry.Fact != "slow" {
					seen[e.Job] = e.Entry.Seq
				}
				cursor, total = e.Cursor, total+1
			}
		}
	}
	read()
	wg.Wait()
	read()
	if total > writers { // the registrations, before the slow one
		t.Errorf("%d entries past a transaction that still runs, want at most %d", total, writers)
	}
	w.must(slow.Commit(ctx))
	// Transactions in other databases of the server hold the feed back, too: other tests'.
	want := writers*(1+each) + 1
	for until := time.Now().Add(30 * time.Second); total < want && time.Now().Before(until); {
		read()
	}
	if total != want {
		t.Errorf("%d entries, want %d", total, want)
	}
	_, err = w.Feed(ctx, "nonsense", 1)
	refusal(t, err, dispatch.CodeBadRequest)
}

func TestProject(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.book(w.job("o-1"), "k", w.now.Add(time.Hour), "i-1")                   // 10:00 to 11:00
	second := w.book(w.job("o-2"), "k", w.now.Add(2*time.Hour+15*time.Minute), "i-1") // 11:15
	expect := func(number, want string) {
		t.Helper()
		p, err := w.Project(t.Context(), number)
		w.must(err)
		if got := p.ExpectedAt.Format("15:04"); got != want {
			t.Errorf("expected at %s, want %s", got, want)
		}
	}
	expect(first.Number, "09:00")
	expect(second.Number, "11:15") // after the first and the way
	at := w.now.Add(100 * time.Minute)
	w.now = at // 10:40, and nobody has set out
	expect(second.Number, "11:55")
	first = w.do(first, "k-a", desk, at, &dispatch.Assign{})
	w.do(first, "k-d", dispatch.Actor{Role: dispatch.RoleInstaller, ID: "i-1"}, at,
		&dispatch.Depart{ToolsChecked: true, PartsChecked: true, Packed: w.std.Pack}, &dispatch.Arrive{}, &dispatch.Enter{})
	w.now = at.Add(90 * time.Minute) // 12:10: the work should be over
	expect(second.Number, "12:25")
	_, err := w.Project(t.Context(), w.job("o-3").Number)
	refusal(t, err, dispatch.CodeWrongStatus)
}
