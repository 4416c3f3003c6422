package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"truckroll/dispatch"
	"truckroll/internal/postgres/db"
)

// How long a reservation waits for its commit, and how far and how many alternatives are
// looked for when there is none.
const (
	holdFor      = 2 * time.Minute
	searchAhead  = 7 * 24 * time.Hour
	alternatives = 5
	microsecond  = time.Microsecond // what timestamptz keeps
)

// Reserve gives a job the time of the first installer of the request who serves the
// territory, is certified (TE-2), on shift and free, and holds it for two minutes until
// [Store.Commit] books it. A request that names nobody means everybody in the territory.
// The same job and key again get the same window.
//
// It refuses with slot_taken (AP-2) and the nearest windows that are really free, or with
// not_certified (TE-2) when a certificate is all that stands in the way.
func (s *Store) Reserve(ctx context.Context, r dispatch.Reservation) (dispatch.Window, error) {
	if held, err := s.held(ctx, r); err != nil || held != nil {
		return deref(held), err
	}
	found, err := s.q.Candidates(ctx, candidates(r))
	if err != nil {
		return dispatch.Window{}, fmt.Errorf("looking for an installer: %w", err)
	}
	uncertified := len(found) > 0
	for _, c := range found {
		uncertified = uncertified && c.Serves && c.OnShift && c.Free && !c.Certified
		if !c.Serves || !c.OnShift || !c.Free || !c.Certified {
			continue
		}
		switch ok, err := s.hold(ctx, r, c.ID); {
		case err != nil:
			return dispatch.Window{}, err
		case ok:
			return dispatch.Window{Start: r.Window.Start.UTC(), End: r.Window.End.UTC(), Installer: c.ID}, nil
		}
		// The same command may have been running elsewhere.
		if held, err := s.held(ctx, r); err != nil || held != nil {
			return deref(held), err
		}
	}
	return dispatch.Window{}, s.slotTaken(ctx, r, uncertified)
}

// hold takes one installer's time, in a transaction of its own: one that held the time of
// several installers while it tried the next could wait in a circle. False: it is taken.
func (s *Store) hold(ctx context.Context, r dispatch.Reservation, installer string) (bool, error) {
	ok := false
	err := s.inTx(ctx, func(q *db.Queries, _ pgx.Tx) error {
		ok = false
		if err := q.LockInstaller(ctx, installer); err != nil {
			return err
		}
		// Looked at again under the lock: holds count towards the shift's bound.
		p := candidates(r)
		p.Installers = []string{installer}
		found, err := q.Candidates(ctx, p)
		if err != nil || len(found) == 0 || !found[0].OnShift || !found[0].Free {
			return err
		}
		busyUntil := r.Window.End.Add(r.Travel.D())
		if err := q.DropExpiredHolds(ctx, db.DropExpiredHoldsParams{
			InstallerID: installer, StartsAt: r.Window.Start, BusyUntil: busyUntil,
		}); err != nil {
			return err
		}
		ok = true
		return q.Hold(ctx, db.HoldParams{
			Job: r.Number, Key: r.Key, InstallerID: installer, StartsAt: r.Window.Start, EndsAt: r.Window.End,
			BusyUntil: busyUntil, HoldFor: holdFor,
		})
	})
	switch {
	case is(err, exclusionViolation):
		return false, nil
	case is(err, foreignKeyViolation):
		return false, notFound("job", r.Number)
	case err != nil:
		return false, fmt.Errorf("reserving: %w", err)
	}
	return ok, nil
}

func (s *Store) held(ctx context.Context, r dispatch.Reservation) (*dispatch.Window, error) {
	h, err := s.q.HeldByKey(ctx, db.HeldByKeyParams{Job: r.Number, Key: r.Key})
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the reservation: %w", err)
	}
	return &dispatch.Window{Start: h.StartsAt.UTC(), End: h.EndsAt.UTC(), Installer: h.InstallerID}, nil
}

// slotTaken refuses a reservation and says what is free instead (AP-2).
func (s *Store) slotTaken(ctx context.Context, r dispatch.Reservation, uncertified bool) error {
	job, err := s.q.JobState(ctx, r.Number)
	if err != nil {
		return missing(err, "reading the job", "job", r.Number)
	}
	std, err := s.Standard(ctx, job.Standard)
	if err != nil {
		return err
	}
	now := s.Now()
	from := r.Window.Start.Add(-searchAhead)
	if from.Before(now) {
		from = now
	}
	windows, err := s.windows(ctx, r.Territory, r.Skills, r.Number, dispatch.SlotQuery{
		From: from, To: r.Window.Start.Add(searchAhead), Work: r.Window.End.Sub(r.Window.Start), Travel: r.Travel.D(),
		Grid: std.SlotGrid.D(), Reserve: r.Reserve.D(), Near: r.Window.Start, Limit: alternatives,
	})
	if err != nil {
		return err
	}
	refusal := dispatch.Refuse(dispatch.CodeSlotTaken, dispatch.RuleCustomersTime,
		"No installer is free at that time. Offer the customer one of the alternatives.")
	switch {
	case uncertified:
		refusal = dispatch.Refuse(dispatch.CodeNotCertified, dispatch.RuleCertified,
			"None of the installers holds a valid certificate for this work (%v). Choose another one.", r.Skills)
	case len(windows) == 0:
		refusal.Message = "No installer is free at that time, nor within 7 days of it. Ask for another week, or plan more shifts."
	}
	refusal.Alternatives = windows
	return refusal
}

func candidates(r dispatch.Reservation) db.CandidatesParams {
	return db.CandidatesParams{
		Same: r.Same, Territory: r.Territory, Skills: list(r.Skills), StartsAt: r.Window.Start, EndsAt: r.Window.End,
		Job: r.Number, Reserve: r.Reserve.D(), BusyUntil: r.Window.End.Add(r.Travel.D()), Installers: list(r.Installers),
	}
}

// list makes nil an empty array, which SQL can count.
func list[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

func deref(w *dispatch.Window) dispatch.Window {
	if w == nil {
		return dispatch.Window{}
	}
	return *w
}
