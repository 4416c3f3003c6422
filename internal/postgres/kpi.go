package postgres

import (
	"context"
	"fmt"
	"time"

	"truckroll/internal/postgres/db"
)

// Figure is one KPI: numerator over denominator, in a unit, with what was left out.
type Figure struct {
	Name        string   `json:"name"`
	Unit        string   `json:"unit"` // share, seconds or points
	Value       *float64 `json:"value"`
	Numerator   float64  `json:"numerator"`
	Denominator float64  `json:"denominator"`
	Definition  string   `json:"definition"`
	Exclusions  string   `json:"exclusions"`
}

// The units of figures. Points run from -100 to 100.
const (
	unitShare   = "share"
	unitSeconds = "seconds"
	unitPoints  = "points"
)

// KPI computes the figures of the service standard for [from, to), for one territory or for
// all (""). Visits count by the start of the window first agreed, jobs by their completion,
// changes by when they were made. A figure whose denominator is zero has no value.
func (s *Store) KPI(ctx context.Context, from, to time.Time, territory string) ([]Figure, error) {
	now := s.Now()
	v, err := s.q.KPIVisits(ctx, db.KPIVisitsParams{Now: now, Since: from, Until: to, Territory: territory})
	if err != nil {
		return nil, fmt.Errorf("counting visits: %w", err)
	}
	j, err := s.q.KPIJobs(ctx, db.KPIJobsParams{Since: from, Until: to, Territory: territory})
	if err != nil {
		return nil, fmt.Errorf("counting jobs: %w", err)
	}
	moves, err := s.q.KPIMoves(ctx, db.KPIMovesParams{Since: from, Until: to, Territory: territory})
	if err != nil {
		return nil, fmt.Errorf("counting changes: %w", err)
	}
	h, err := s.q.KPIHours(ctx, db.KPIHoursParams{Now: now, Until: to, Since: from, Territory: territory})
	if err != nil {
		return nil, fmt.Errorf("counting hours: %w", err)
	}
	out := visitFigures(v)
	out = append(out, jobFigures(j)...)
	out = append(out, moveFigures(moves, float64(v.Due))...)
	if h.OnShiftS > 0 {
		out = append(out, figure("utilisation", unitShare, h.OnSiteS, h.OnShiftS, "seconds on site / seconds on shift",
			"travel and waiting at the door are not time on site"))
	}
	return out, nil
}

func visitFigures(v db.KPIVisitsRow) []Figure {
	notDue := fmt.Sprintf("visits called off by the customer (%d), stopped for safety (%d), or not yet due", v.CalledOff, v.SafetyStops)
	due := float64(v.Due)
	return []Figure{
		figure("fulfilment", unitShare, float64(v.Fulfilled), due, "visits completed in the window first agreed / visits due", notDue),
		figure("on_time_arrival", unitShare, float64(v.OnTime), float64(v.Attended+v.Missed),
			"check-ins no later than the agreed time / (visits attended + missed by us)", notDue),
		figure("no_access", unitShare, float64(v.NoAccess), due, "visits that met nobody / visits due", notDue),
		figure("missed_by_us", unitShare, float64(v.Missed), due, "visits nobody came to / visits due", notDue),
	}
}

func jobFigures(j db.KPIJobsRow) []Figure {
	repairs := float64(j.Repairs)
	return []Figure{
		figure("first_time_fix", unitShare, float64(j.FirstTime), float64(j.Completed),
			"jobs completed at the first visit, with no repair opened for the same phone and address within 30 days / jobs completed",
			"visits without access or called off by the customer do not count as visits; jobs completed less than 30 days ago may still be repeated"),
		figure("time_to_repair", unitSeconds, j.RepairS, repairs, "sum of completed - reported / repairs completed", "none"),
		figure("time_to_repair_net", unitSeconds, j.RepairS-j.RepairHeldS, repairs,
			"sum of completed - reported / repairs completed", fmt.Sprintf("time held by the customer (%.0f s)", j.RepairHeldS)),
		figure("evidence_first_pass", unitShare, float64(j.FirstPass), float64(j.WithPhotos),
			"jobs none of whose photos was refused when it was looked at / jobs completed with photos", "completed jobs without photos; the note left at a door"),
		figure("follow_up_response", unitShare, float64(j.AnsweredAsked), float64(j.Asked), "answers / asked", "jobs not asked yet"),
		figure("follow_up_score", unitPoints, 100*float64(j.Promoters-j.Detractors), float64(j.Answered),
			"100 x (scores 9 to 10 - scores 0 to 6) / answers", "jobs without an answer"),
	}
}

func moveFigures(rows []db.KPIMovesRow, due float64) []Figure {
	var out []Figure
	for _, r := range rows {
		out = append(out,
			figure("reschedules_by_"+r.Party, unitShare, float64(r.Moves), due, "appointments moved by the "+r.Party+" / visits due", "none"),
			figure("notice_by_"+r.Party, unitSeconds, float64(r.NoticeS), float64(r.Moves), "sum of agreed time - time of the change / changes",
				"none; a change after the agreed time counts as negative"))
	}
	return out
}

func figure(name, unit string, numerator, denominator float64, definition, exclusions string) Figure {
	f := Figure{Name: name, Unit: unit, Numerator: numerator, Denominator: denominator, Definition: definition, Exclusions: exclusions}
	if denominator > 0 {
		v := numerator / denominator
		f.Value = &v
	}
	return f
}
