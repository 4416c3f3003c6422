package postgres

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"truckroll/dispatch"
	"truckroll/internal/postgres/db"
)

// PutShifts creates shifts, or replaces those of the same installer and start, all or
// nothing. Shifts of one installer that overlap are refused (invalid_value).
func (s *Store) PutShifts(ctx context.Context, shifts []dispatch.Shift) error {
	if len(shifts) == 0 {
		return nil
	}
	p := db.PutShiftsParams{}
	for i, sh := range shifts {
		if !sh.Start.Before(sh.End) || sh.MaxJobs < 0 {
			r := dispatch.Refuse(dispatch.CodeInvalid, "", "A shift ends after it starts, and max_jobs is not below zero.")
			r.Field = fmt.Sprintf("shifts[%d]", i)
			return r
		}
	}
	sorted := slices.SortedFunc(slices.Values(shifts), func(a, b dispatch.Shift) int {
		if a.Installer != b.Installer {
			if a.Installer < b.Installer {
				return -1
			}
			return 1
		}
		return a.Start.Compare(b.Start)
	})
	for i, sh := range sorted {
		if i > 0 && sorted[i-1].Installer == sh.Installer && sorted[i-1].End.After(sh.Start) {
			return overlap(fmt.Sprintf(" (%s, %s)", sh.Installer, sh.Start.Format(time.RFC3339)))
		}
		p.Installers, p.Starts, p.Ends = append(p.Installers, sh.Installer), append(p.Starts, sh.Start), append(p.Ends, sh.End)
		p.MaxJobs = append(p.MaxJobs, int32(sh.MaxJobs))
	}
	err := s.inTx(ctx, func(q *db.Queries, _ pgx.Tx) error {
		_, err := q.PutShifts(ctx, p)
		return err
	})
	switch {
	case is(err, exclusionViolation):
		return overlap("")
	case is(err, foreignKeyViolation):
		return dispatch.Refuse(dispatch.CodeInvalid, "", "A shift names an installer who does not exist.")
	}
	return wrap(err, "keeping shifts")
}

func overlap(where string) *dispatch.Refusal {
	return dispatch.Refuse(dispatch.CodeInvalid, "", "Shifts of one installer must not overlap%s.", where)
}

// Shifts returns an installer's shifts that touch a stretch of time.
func (s *Store) Shifts(ctx context.Context, installer string, from, to time.Time) ([]dispatch.Shift, error) {
	rows, err := s.q.Shifts(ctx, db.ShiftsParams{InstallerID: installer, Until: to, Since: from})
	if err != nil {
		return nil, fmt.Errorf("reading shifts: %w", err)
	}
	out := make([]dispatch.Shift, len(rows))
	for i, r := range rows {
		out[i] = dispatch.Shift{Installer: r.InstallerID, Start: r.StartsAt, End: r.EndsAt, MaxJobs: int(r.MaxJobs)}
	}
	return out, nil
}

// DeleteShift removes a shift; appointments in it stay, for the dispatcher to move.
func (s *Store) DeleteShift(ctx context.Context, installer string, start time.Time) error {
	n, err := s.q.DeleteShift(ctx, db.DeleteShiftParams{InstallerID: installer, StartsAt: start})
	return gone(n, err, "shift", installer+" "+start.Format(time.RFC3339))
}
