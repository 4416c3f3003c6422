package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"truckroll/dispatch"
	"truckroll/internal/postgres/db"
)

// supersede commits an outcome whose event numbers, or whose installer's time, may be taken.
//
// A workflow writes its outcome before the server knows of it. When the worker dies in
// between, the workflow goes on from before that outcome and may decide something else
// under the same event numbers. The workflow is right then, and what it never adopted is
// moved aside. On the other hand a worker that hung may come late with an outcome that was
// replaced long ago. The two are told apart by the time of the decision, which Temporal
// sets and which only goes forward on one job:
//
//   - decided at the same moment by the same command: the same commit again, nothing to do;
//   - decided before what is stored: it came late, nothing to do;
//   - else: what is stored from the first event number on was superseded.
func (s *Store) supersede(ctx context.Context, c dispatch.Commit, std *dispatch.Standard) error {
	err := s.inTx(ctx, func(q *db.Queries, _ pgx.Tx) error {
		number, entries := c.Outcome.Job.Number, c.Outcome.Entries
		first := entries[0].Seq
		if _, err := q.LockJob(ctx, number); err != nil {
			return missing(err, "locking the job", "job", number)
		}
		stored, err := q.EventsFrom(ctx, db.EventsFromParams{Job: number, Seq: first})
		if err != nil {
			return fmt.Errorf("reading the audit trail: %w", err)
		}
		if len(stored) > 0 {
			if !supersedes(c, stored) {
				return nil
			}
			if err := moveAside(ctx, q, c, stored[0].CommandKey == c.Key); err != nil {
				return err
			}
		}
		if err := makeRoom(ctx, q, &c.Outcome.Job, std); err != nil {
			return err
		}
		return write(ctx, q, c, std, everything)
	})
	if is(err, exclusionViolation) {
		return dispatch.Refuse(dispatch.CodeSlotTaken, dispatch.RuleCustomersTime,
			"The window was taken meanwhile. Choose another one.")
	}
	return err
}

// supersedes reports whether an outcome takes the place of what is stored from its first
// event number on.
func supersedes(c dispatch.Commit, stored []db.EventsFromRow) bool {
	entries := c.Outcome.Entries
	at := entries[0].At
	if last := stored[len(stored)-1]; at.Truncate(microsecond).Before(last.At) {
		return false
	}
	if stored[0].CommandKey != c.Key {
		return true
	}
	if !at.Truncate(microsecond).Equal(stored[0].At) {
		return true
	}
	for i, e := range entries {
		if i >= len(stored) || stored[i].CommandKey != c.Key || stored[i].Fact != e.Fact {
			return true
		}
	}
	return false
}

// moveAside takes what was superseded out of the way. The entries are kept, messages not
// yet sent are withdrawn, receipts forgotten.
func moveAside(ctx context.Context, q *db.Queries, c dispatch.Commit, sameKey bool) error {
	number, first := c.Outcome.Job.Number, c.Outcome.Entries[0].Seq
	return errors.Join(
		wrap(q.SupersedeEvents(ctx, db.SupersedeEventsParams{Job: number, Seq: first, SupersededKey: c.Key}), "moving audit entries aside"),
		wrap(q.WithdrawMessages(ctx, db.WithdrawMessagesParams{Job: number, Sequence: first, SameKey: sameKey}), "withdrawing messages"),
		wrap(q.ForgetCommands(ctx, db.ForgetCommandsParams{Job: number, Seq: first}), "forgetting receipts"),
		wrap(q.ForgetAcks(ctx, db.ForgetAcksParams{Job: number, Seq: first}), "forgetting acknowledgements"),
		wrap(q.ForgetVisits(ctx, db.ForgetVisitsParams{Job: number, No: int32(len(c.Outcome.Job.Visits))}), "forgetting visits"),
		wrap(q.RewindJob(ctx, db.RewindJobParams{Number: number, Seq: first - 1}), "rewinding the job"),
	)
}

// makeRoom removes holds of other jobs that ran out and would still block the live visit.
func makeRoom(ctx context.Context, q *db.Queries, job *dispatch.Job, std *dispatch.Standard) error {
	v := job.Visit()
	if v == nil {
		return nil
	}
	a := v.Appointment
	if err := q.LockInstaller(ctx, a.Installer); err != nil {
		return fmt.Errorf("locking the installer: %w", err)
	}
	return wrap(q.DropExpiredHolds(ctx, db.DropExpiredHoldsParams{
		InstallerID: a.Installer, StartsAt: a.Start, BusyUntil: a.End.Add(std.Travel.D()),
	}), "dropping holds that ran out")
}
