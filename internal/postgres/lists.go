package postgres

import (
	"context"
	"fmt"

	"truckroll/dispatch"
)

// The lists of the service register. Each is for one territory, or for all (""), and is
// paged by cursor.

// WorkQueue lists what waits to be dispatched, in work order: second appointments (NA-5),
// jobs left over (IN-5), then by grade (CU-3), each by the time completion is due.
func (s *Store) WorkQueue(ctx context.Context, territory, cursor string, limit int) (Page[Record], error) {
	return s.register(ctx, territory, undispatched, SortWorkOrder, cursor, limit)
}

// LeftOver lists what was accepted and not dispatched by the end of its service day (IN-5),
// in work order.
func (s *Store) LeftOver(ctx context.Context, territory, cursor string, limit int) (Page[Record], error) {
	return s.register(ctx, territory, undispatched+" AND j.carried_over IS NOT NULL", SortWorkOrder, cursor, limit)
}

// Unreconciled lists the jobs that have neither a signed form, nor a live appointment, nor
// a stated reason (IN-6), the newest first.
func (s *Store) Unreconciled(ctx context.Context, territory, cursor string, limit int) (Page[Record], error) {
	return s.register(ctx, territory, "NOT j.signed AND j.appointment_start IS NULL AND j.stated_reason = ''", SortNewest, cursor, limit)
}

// CallList lists the completed jobs whose customers an agent is to call (FU-1), the newest
// first.
func (s *Store) CallList(ctx context.Context, territory, cursor string, limit int) (Page[Record], error) {
	return s.register(ctx, territory, "j.call_list_at IS NOT NULL AND j.status = '"+string(dispatch.StatusCompleted)+"'", SortNewest, cursor, limit)
}

const undispatched = "j.status IN ('received', 'booking', 'scheduled')"

func (s *Store) register(ctx context.Context, territory, condition string, sort Sort, cursor string, limit int) (Page[Record], error) {
	var w where
	w.add(condition)
	if territory != "" {
		w.add("j.territory_id = %s", territory)
	}
	return s.list(ctx, &w, sort, cursor, limit)
}

// CountJobs counts the jobs in the register by status.
func (s *Store) CountJobs(ctx context.Context) (map[dispatch.Status]int64, error) {
	rows, err := s.q.CountJobs(ctx)
	if err != nil {
		return nil, fmt.Errorf("counting jobs: %w", err)
	}
	out := make(map[dispatch.Status]int64, len(rows))
	for _, r := range rows {
		out[dispatch.Status(r.Status)] = r.Jobs
	}
	return out, nil
}
