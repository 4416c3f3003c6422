package postgres

import (
	"sync"
	"testing"
	"time"

	"truckroll/dispatch"
)

func TestRegisterTheSameOrderAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const n = 50
	numbers, created, errs := make([]string, n), make([]bool, n), make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			in := intake("o-1")
			numbers[i], created[i], errs[i] = w.Register(t.Context(), in, desk, name("k-%d", i), w.admit(in))
		})
	}
	wg.Wait()
	first := 0
	for i := range n {
		w.must(errs[i])
		if numbers[i] != numbers[0] {
			t.Fatalf("one order has the numbers %s and %s", numbers[0], numbers[i])
		}
		if created[i] {
			first++
		}
	}
	if first != 1 || !dispatch.ValidServiceNumber(numbers[0]) {
		t.Errorf("%d created, number %s", first, numbers[0])
	}
	if got := w.count("SELECT count(*) FROM job_events"); got != 1 {
		t.Errorf("%d audit entries", got)
	}
}

func TestRegisterRefusalLeavesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := intake("o-1")
	in.Product = "unknown"
	_, _, err := w.Register(t.Context(), in, desk, "k", w.admit(in))
	refusal(t, err, dispatch.CodeNotServable)
	if got := w.count("SELECT count(*) FROM register"); got != 0 {
		t.Errorf("%d rows in the register", got)
	}
	if job := w.job("o-1"); job.Number != dispatch.ServiceNumber(1) {
		t.Errorf("the refusal burnt a number: the first job is %s", job.Number)
	}
}

func TestRegisterBatch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	old := w.job("o-old")
	var rows []Registration
	for _, order := range []string{"o-b", "o-bad", "o-a", "o-old", "o-b"} {
		in := intake(order)
		if order == "o-bad" {
			in.Customer.Phone = "none"
		}
		rows = append(rows, Registration{Intake: in, Actor: desk, Key: "import", Admit: w.admit(in)})
	}
	out, err := w.RegisterBatch(t.Context(), rows)
	w.must(err)
	refusal(t, out[1].Err, dispatch.CodeInvalid)
	if !out[0].Created || !out[2].Created || out[0].Number == out[2].Number {
		t.Errorf("new rows: %+v %+v", out[0], out[2])
	}
	if out[3].Created || out[3].Number != old.Number {
		t.Errorf("a known order: %+v, want %s", out[3], old.Number)
	}
	if out[4].Created || out[4].Number != out[0].Number {
		t.Errorf("an order that stands twice: %+v, want %s", out[4], out[0].Number)
	}
	if got := w.count("SELECT count(*) FROM jobs"); got != 3 {
		t.Errorf("%d jobs", got)
	}
}

func TestUnstarted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	job := w.job("o-1")
	w.now = w.now.Add(time.Hour)
	left, err := w.Unstarted(t.Context(), time.Minute, 10)
	w.must(err)
	if len(left) != 1 || asJSON(t, left[0].Job) != asJSON(t, job) || left[0].Standard.Version != job.Standard {
		t.Fatalf("left behind: %+v", left)
	}
	w.must(w.MarkStarted(t.Context(), job.Number))
	if left, err = w.Unstarted(t.Context(), time.Minute, 10); err != nil || len(left) != 0 {
		t.Errorf("left behind after the start: %+v %v", left, err)
	}
}
