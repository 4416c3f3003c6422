package postgres

import (
	"context"
	"testing"
	"time"

	"truckroll/dispatch"
)

func TestCommitWritesAnOutcomeDown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	start := w.now.Add(2 * time.Hour)
	job := w.book(w.job("o-1"), "k-book", start, "i-1")

	r, err := w.Job(t.Context(), job.Number)
	w.must(err)
	if got, want := asJSON(t, r.Job), asJSON(t, job); got != want {
		t.Errorf("the job in the read model\n got %s\nwant %s", got, want)
	}
	if r.StartedAt == nil || r.DueAt == nil || !r.DueAt.Equal(w.now.Add(48*time.Hour)) {
		t.Errorf("started %v, due %v", r.StartedAt, r.DueAt)
	}
	entries, err := w.Timeline(t.Context(), job.Number, 0, 10)
	w.must(err)
	if len(entries) != 2 || entries[0].Fact != "job.registered" || entries[1].Fact != "appointment.booked" || entries[1].Rule != "AP-2" {
		t.Errorf("timeline: %+v", entries)
	}
	receipt, ok, err := w.Recall(t.Context(), job.Number, "k-book")
	w.must(err)
	if !ok || receipt.Seq != 2 || receipt.Status != dispatch.StatusScheduled || receipt.Hash == "" {
		t.Errorf("receipt: %v %+v", ok, receipt)
	}
	messages, err := w.Messages(t.Context(), MessageFilter{Number: job.Number}, "", 10)
	w.must(err)
	if len(messages.Items) != 1 || messages.Items[0].Message.Purpose != dispatch.PurposeAgreed || messages.Items[0].State != MessageQueued {
		t.Errorf("messages: %+v", messages.Items)
	}
	if n := w.count("SELECT count(*) FROM appointments WHERE state = 'booked' AND visit_no = 1 AND starts_at = $1", start); n != 1 {
		t.Errorf("%d booked appointments", n)
	}
	if n := w.count("SELECT count(*) FROM visits WHERE job = $1 AND outcome = ''", job.Number); n != 1 {
		t.Errorf("%d visits", n)
	}
}

func TestCommitTwiceIsOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	job := w.job("o-1")
	c := w.outcome(job, "k-1", desk, w.now, &dispatch.ContactAttempt{Channel: "call", Outcome: "reached"})
	for range 3 {
		w.must(w.Commit(t.Context(), c))
	}
	later := w.do(c.Outcome.Job, "k-2", desk, w.now.Add(time.Minute), &dispatch.PutOnHold{Reason: "customer_not_ready", NextStep: "call in May"})
	w.must(w.Commit(t.Context(), c)) // a late duplicate

	r, err := w.Job(t.Context(), job.Number)
	w.must(err)
	if r.Job.Seq != later.Seq || r.Job.Status != dispatch.StatusHeld {
		t.Errorf("a late duplicate took the job back to %d %s", r.Job.Seq, r.Job.Status)
	}
	if n := w.count("SELECT count(*) FROM job_events WHERE job = $1", job.Number); n != int(later.Seq) {
		t.Errorf("%d audit entries, want %d", n, later.Seq)
	}
	if n := w.count("SELECT count(*) FROM job_events_superseded"); n != 0 {
		t.Errorf("%d superseded", n)
	}
}

// The worker died after Postgres had the outcome and before the server did; the workflow
// went on from before it and took another command first.
func TestCommitSupersedesWhatTheWorkflowNeverAdopted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	job := w.job("o-1")
	start := w.now.Add(3 * time.Hour)
	_, err := w.Reserve(t.Context(), w.reservation(job, "k-lost", start, "i-1"))
	w.must(err)
	lost := w.outcome(job, "k-lost", desk, w.now, &dispatch.Book{Start: start, Installers: []string{"i-1"}})
	w.must(w.Commit(t.Context(), lost))
	lost2 := w.outcome(lost.Outcome.Job, "k-lost2", desk, w.now.Add(time.Second), &dispatch.Assign{})
	w.must(w.Commit(t.Context(), lost2))

	right := w.outcome(job, "k-right", desk, w.now.Add(20*time.Second), &dispatch.PutOnHold{Reason: "customer_not_ready", NextStep: "call in May"})
	w.must(w.Commit(t.Context(), right))
	w.must(w.Commit(t.Context(), lost)) // the hung worker comes back

	r, err := w.Job(t.Context(), job.Number)
	w.must(err)
	if r.Job.Status != dispatch.StatusHeld || r.Job.Seq != right.Outcome.Job.Seq {
		t.Errorf("job is %s at %d", r.Job.Status, r.Job.Seq)
	}
	entries, err := w.Timeline(t.Context(), job.Number, 1, 10)
	w.must(err)
	if len(entries) != len(right.Outcome.Entries) || entries[0].Fact != "job.held" {
		t.Errorf("timeline: %+v", entries)
	}
	if n := w.count("SELECT count(*) FROM job_events_superseded WHERE superseded_key = 'k-right'"); n != 2 {
		t.Errorf("%d superseded entries, want 2", n)
	}
	for _, key := range []string{"k-lost", "k-lost2"} {
		if _, ok, err := w.Recall(t.Context(), job.Number, key); ok || err != nil {
			t.Errorf("the receipt of %s is still there (%v)", key, err)
		}
	}
	if n := w.count("SELECT count(*) FROM messages WHERE state = 'withdrawn' AND purpose = 'appointment_agreed'"); n != 1 {
		t.Errorf("%d messages withdrawn", n)
	}
	if n := w.count("SELECT count(*) FROM messages WHERE state = 'queued'"); n != 1 {
		t.Errorf("%d messages queued, want the new one", n)
	}
	if n := w.count("SELECT count(*) FROM appointments WHERE state = 'booked'") + w.count("SELECT count(*) FROM visits"); n != 0 {
		t.Errorf("%d appointments and visits of the lost outcome are left", n)
	}
	w.do(right.Outcome.Job, "k-next", desk, w.now.Add(time.Minute), &dispatch.Resume{})
}

// The same command decided again, later: its outcome takes the place of the first, and what
// was told once is not told twice.
func TestCommitReplacesTheSameCommand(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	job := w.job("o-1")
	start := w.now.Add(3 * time.Hour)
	_, err := w.Reserve(t.Context(), w.reservation(job, "k-1", start, "i-1"))
	w.must(err)
	book := &dispatch.Book{Start: start, Installers: []string{"i-1"}}
	w.must(w.Commit(t.Context(), w.outcome(job, "k-1", desk, w.now, book)))
	claimed, err := w.ClaimMessages(t.Context(), 10, time.Minute)
	w.must(err)
	for _, m := range claimed {
		w.must(w.MarkSent(t.Context(), m.ID, dispatch.Sent{Recipient: m.Customer.Phone, Body: "hello"}))
	}
	again := w.outcome(job, "k-1", desk, w.now.Add(15*time.Second), book)
	w.must(w.Commit(t.Context(), again))

	entries, err := w.Timeline(t.Context(), job.Number, 1, 10)
	w.must(err)
	if len(entries) != 1 || !entries[0].At.Equal(again.Outcome.Entries[0].At) {
		t.Errorf("timeline: %+v", entries)
	}
	if n := w.count("SELECT count(*) FROM messages"); n != 1 {
		t.Errorf("%d messages, want 1", n)
	}
	if n := w.count("SELECT count(*) FROM appointments WHERE state = 'booked'"); n != 1 {
		t.Errorf("%d booked", n)
	}
}

func TestCommitMovesTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	start := w.now.Add(4 * time.Hour)
	job := w.book(w.job("o-1"), "k-1", start, "i-1")
	half := start.Add(30 * time.Minute) // overlaps its own old time
	_, err := w.Reserve(t.Context(), w.reservation(job, "k-2", half, "i-1"))
	w.must(err)
	w.do(job, "k-2", desk, w.now, &dispatch.Move{Start: half, Installers: []string{"i-1"}, By: dispatch.PartyCustomer})
	if n := w.count("SELECT count(*) FROM appointments WHERE state = 'booked' AND starts_at = $1", half); n != 1 {
		t.Errorf("%d booked at the new time", n)
	}
	if n := w.count("SELECT count(*) FROM appointments WHERE state = 'released' AND starts_at = $1", start); n != 1 {
		t.Errorf("%d released at the old time", n)
	}
}

func TestCommitOfAnUnknownJobIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	job := w.job("o-1")
	job.Number = dispatch.ServiceNumber(4711)
	err := w.Commit(t.Context(), w.outcome(job, "k", desk, w.now, &dispatch.ContactAttempt{Channel: "call", Outcome: "reached"}))
	refusal(t, err, dispatch.CodeNotFound)
}

func TestCommitRefusesATimeThatIsGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	start := w.now.Add(4 * time.Hour)
	mine, theirs := w.job("o-1"), w.job("o-2")
	_, err := w.Reserve(t.Context(), w.reservation(mine, "k", start, "i-1"))
	w.must(err)
	w.expire()
	w.book(theirs, "k", start, "i-1")
	err = w.Commit(t.Context(), w.outcome(mine, "k", desk, w.now, &dispatch.Book{Start: start, Installers: []string{"i-1"}}))
	refusal(t, err, dispatch.CodeSlotTaken)
	r, err := w.Job(t.Context(), mine.Number)
	w.must(err)
	if r.Job.Seq != 1 {
		t.Errorf("a refused commit wrote up to %d", r.Job.Seq)
	}
}

// expire lets every hold run out.
func (w *world) expire() {
	w.t.Helper()
	_, err := w.pool.Exec(w.t.Context(), "UPDATE appointments SET held_until = now() - interval '1 s' WHERE state = 'tentative'")
	w.must(err)
}

func BenchmarkCommit(b *testing.B) {
	w := newWorld(b)
	job := w.book(w.job("o-1"), "k", w.now.Add(4*time.Hour), "i-1")
	commits := make([]dispatch.Commit, 0, 5000)
	for i := range cap(commits) {
		c := w.outcome(job, name("k-%d", i), desk, w.now.Add(time.Duration(i)*time.Millisecond), &dispatch.ContactAttempt{Channel: "call", Outcome: "reached"})
		commits, job = append(commits, c), c.Outcome.Job
	}
	i := 0
	for b.Loop() {
		if i == len(commits) {
			b.Skip("run with -benchtime=2000x")
		}
		if err := w.Commit(context.Background(), commits[i]); err != nil {
			b.Fatal(err)
		}
		i++
	}
}

// BenchmarkBareTransaction is the floor: one row, one fsync.
func BenchmarkBareTransaction(b *testing.B) {
	w := newWorld(b)
	for b.Loop() {
		if _, err := w.pool.Exec(context.Background(), "INSERT INTO alert_acks (job, seq, actor) SELECT 'x', coalesce(max(seq), 0) + 1, 'a' FROM alert_acks"); err != nil {
			b.Fatal(err)
		}
	}
}
