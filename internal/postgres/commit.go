package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"truckroll/dispatch"
	"truckroll/internal/postgres/db"
)

// Commit writes an outcome down: audit entries, read model, visits, messages, receipt and
// the installer's time, all or nothing. It is idempotent by (job, event number); what
// happens when an event number is taken already stands at [Store.supersede].
//
// It refuses with slot_taken (AP-2) when the outcome books a time that is no longer held
// and that somebody else has; then nothing is written.
func (s *Store) Commit(ctx context.Context, c dispatch.Commit) error {
	if len(c.Outcome.Entries) == 0 {
		return fmt.Errorf("committing %s: an outcome without audit entries", c.Outcome.Job.Number)
	}
	std, err := s.Standard(ctx, c.Outcome.Job.Standard)
	if err != nil {
		return err
	}
	// One round trip and one fsync: the batch is its own transaction. An event number that
	// is taken makes it fail as a whole, and the slow way finds out why.
	var b pgx.Batch
	if err := write(ctx, batching(&b), c, std, touched(c.Outcome.Entries)); err != nil {
		return err
	}
	err = s.pool.SendBatch(ctx, &b).Close()
	switch {
	case err == nil:
		return nil
	case is(err, uniqueViolation), is(err, exclusionViolation), is(err, deadlock), is(err, serialization):
		return wrap(s.supersede(ctx, c, std), "committing "+c.Outcome.Job.Number)
	case is(err, foreignKeyViolation):
		return s.unknown(ctx, c, err)
	default:
		return fmt.Errorf("committing %s: %w", c.Outcome.Job.Number, err)
	}
}

// unknown tells a job that is not in the register from another broken reference.
func (s *Store) unknown(ctx context.Context, c dispatch.Commit, err error) error {
	if _, e := s.q.JobState(ctx, c.Outcome.Job.Number); errors.Is(e, pgx.ErrNoRows) {
		return notFound("job", c.Outcome.Job.Number)
	}
	return fmt.Errorf("committing %s: %w", c.Outcome.Job.Number, err)
}

// Recall returns the receipt of a command that was taken, by its key; false if there is none.
func (s *Store) Recall(ctx context.Context, number, key string) (dispatch.Receipt, bool, error) {
	r, err := s.q.Receipt(ctx, db.ReceiptParams{Job: number, Key: key})
	if errors.Is(err, pgx.ErrNoRows) {
		return dispatch.Receipt{}, false, nil
	}
	if err != nil {
		return dispatch.Receipt{}, false, fmt.Errorf("reading the receipt: %w", err)
	}
	return r, true, nil
}

// write queues or runs every statement of a commit. The job's row comes first: its lock
// puts commits of one job in a row.
func write(ctx context.Context, q *db.Queries, c dispatch.Commit, std *dispatch.Standard, t touch) error {
	job, entries := &c.Outcome.Job, c.Outcome.Entries
	first := entries[0].Seq
	if err := q.AdvanceJob(ctx, advance(job, first, std)); err != nil {
		return err
	}
	if err := putEvents(ctx, q, job.Number, c.Key, entries); err != nil {
		return err
	}
	if err := putFiles(ctx, q, job, entries); err != nil {
		return err
	}
	if err := q.PutCommand(ctx, db.PutCommandParams{
		Job: job.Number, Key: c.Key, Hash: c.Receipt.Hash, Receipt: c.Receipt, Seq: first, At: entries[0].At,
	}); err != nil {
		return err
	}
	// A commit changes the last visit, and the one before when it opened another.
	for i := max(0, len(job.Visits)-2); t.visit && i < len(job.Visits); i++ {
		if err := q.PutVisit(ctx, visitRow(job, &job.Visits[i])); err != nil {
			return err
		}
	}
	for _, m := range c.Outcome.Messages {
		if err := q.QueueMessage(ctx, db.QueueMessageParams{
			Job: job.Number, Purpose: string(m.Purpose), Sequence: m.Sequence, Intent: m, NotBefore: m.NotBefore,
		}); err != nil {
			return err
		}
	}
	if !t.appointment {
		return nil
	}
	return writeAppointment(ctx, q, job, c.Key, std)
}

// touch says which rows beside the job's own an outcome may change. Most commands are steps,
// photos and calls on site, which change none of them: half a commit's statements saved.
type touch struct{ visit, appointment bool }

var everything = touch{visit: true, appointment: true}

func touched(entries []dispatch.Entry) touch {
	var t touch
	for _, e := range entries {
		switch e.Action {
		case dispatch.ActionContact, dispatch.ActionStep, dispatch.ActionTest, dispatch.ActionPhoto, dispatch.ActionSignature,
			dispatch.ActionFollowUp, dispatch.ActionRefused, dispatch.ActionSeal:
		case dispatch.ActionDelay, dispatch.ActionAnswer, dispatch.ActionDepart, dispatch.ActionArrive, dispatch.ActionEnter,
			dispatch.ActionClock:
			t.visit = true
		default:
			return everything
		}
	}
	return t
}

// writeAppointment books the live visit's time and gives back what else the job had (AP-2).
func writeAppointment(ctx context.Context, q *db.Queries, job *dispatch.Job, key string, std *dispatch.Standard) error {
	v := job.Visit()
	if v == nil {
		return q.ReleaseAppointments(ctx, db.ReleaseAppointmentsParams{Job: job.Number, Key: key})
	}
	a := v.Appointment
	if err := q.KeepAppointment(ctx, db.KeepAppointmentParams{
		Job: job.Number, InstallerID: a.Installer, StartsAt: a.Start, EndsAt: a.End, VisitNo: int32(v.No), Key: key,
	}); err != nil {
		return err
	}
	return q.BookAnew(ctx, db.BookAnewParams{
		Job: job.Number, Key: key, VisitNo: int32(v.No), Installer: a.Installer, StartsAt: a.Start, EndsAt: a.End,
		BusyUntil: a.End.Add(std.Travel.D()),
	})
}

func putEvents(ctx context.Context, q *db.Queries, number, key string, entries []dispatch.Entry) error {
	for _, e := range entries {
		data := json.RawMessage("{}")
		if len(e.Data) > 0 {
			var err error
			if data, err = json.Marshal(e.Data); err != nil {
				return fmt.Errorf("packing audit entry %d: %w", e.Seq, err)
			}
		}
		if err := q.InsertEvent(ctx, db.InsertEventParams{
			Job: number, Seq: e.Seq, At: e.At, DeviceAt: e.DeviceAt, ActorRole: string(e.Actor.Role), ActorID: e.Actor.ID,
			Action: string(e.Action), Fact: e.Fact, Rule: string(e.Rule), Status: string(e.Status), Data: data,
			Alert: string(e.Alert), Breach: e.Breach, CommandKey: key,
		}); err != nil {
			return err
		}
	}
	return nil
}

// putFiles makes the files that the entries name part of the job, and lists the documents.
func putFiles(ctx context.Context, q *db.Queries, job *dispatch.Job, entries []dispatch.Entry) error {
	for _, e := range entries {
		sum, ok := e.File()
		if !ok {
			continue
		}
		if err := q.ConfirmFile(ctx, db.ConfirmFileParams{Sha256: sum, Job: job.Number, At: &e.At}); err != nil {
			return err
		}
		if e.Action != dispatch.ActionSeal {
			continue
		}
		d := job.Documents[len(job.Documents)-1]
		if err := q.PutDocument(ctx, db.PutDocumentParams{No: d.No, Job: job.Number, Kind: string(d.Kind), Sha256: d.SHA256, At: d.At}); err != nil {
			return err
		}
	}
	return nil
}

func advance(job *dispatch.Job, first int64, std *dispatch.Standard) db.AdvanceJobParams {
	rank := job.Rank(std)
	p := db.AdvanceJobParams{
		Number: job.Number, Before: first, Grade: string(job.Grade), Status: string(job.Status), RankClass: int32(rank.Class()),
		RankDueAt: rank.DueAt, CarriedOver: job.CarriedOver, CallListAt: job.CallList, CompletedAt: job.CompletedAt,
		StatedReason: statedReason(job), BrokenRules: job.Broken(), Seq: job.Seq, State: *job,
	}
	if v := job.Visit(); v != nil {
		p.InstallerID, p.AppointmentStart, p.AppointmentEnd = &v.Appointment.Installer, &v.Appointment.Start, &v.Appointment.End
	}
	if due, running := job.DueAt(std); running {
		p.DueAt = &due
	}
	for i := range job.Visits {
		p.Signed = p.Signed || job.Visits[i].Signature != nil
	}
	return p
}

// statedReason is IN-6: why a job has neither a signed form nor a live appointment.
func statedReason(job *dispatch.Job) string {
	switch {
	case job.Hold != nil:
		return job.Hold.Reason + ": " + job.Hold.NextStep
	case job.Ending != nil && job.Ending.Reason != "":
		return job.Ending.Reason
	case job.Ending != nil:
		return string(job.Ending.Status) + " by " + string(job.Ending.By)
	default:
		return ""
	}
}

func visitRow(job *dispatch.Job, v *dispatch.Visit) db.PutVisitParams {
	return db.PutVisitParams{
		Job: job.Number, No: int32(v.No), TerritoryID: job.Territory, Kind: string(job.Kind),
		InstallerID: v.Appointment.Installer, FirstStart: v.First.Start, FirstEnd: v.First.End,
		StartsAt: v.Appointment.Start, EndsAt: v.Appointment.End, Revision: int32(v.Appointment.Revision),
		DispatchedAt: v.DispatchedAt, DepartedAt: v.DepartedAt, ArrivedAt: v.ArrivedAt, EnteredAt: v.EnteredAt,
		LeftAt: v.LeftAt, Punctuality: string(v.Punctuality), Outcome: string(v.Outcome),
	}
}
