package postgres

import (
	"context"
	"fmt"
	"time"

	"truckroll/dispatch"
	"truckroll/internal/postgres/db"
)

// Slots returns windows that the installers of a territory who hold every skill can still
// give (TE-2, AP-2). Time given to exceptJob counts as free; it may be empty.
func (s *Store) Slots(ctx context.Context, territory string, skills []string, exceptJob string, q dispatch.SlotQuery) ([]dispatch.Window, error) {
	return s.windows(ctx, territory, skills, exceptJob, q)
}

// JobSlots returns windows for a registered job, at most limit, those nearest to near first
// (earliest first when it is zero). Work, travel, grid and the reserve at the end of shifts
// (NA-5, IN-5) are the job's and its Standard's.
func (s *Store) JobSlots(ctx context.Context, number string, from, to, near time.Time, limit int) ([]dispatch.Window, error) {
	job, err := s.q.JobState(ctx, number)
	if err != nil {
		return nil, missing(err, "reading the job", "job", number)
	}
	std, err := s.Standard(ctx, job.Standard)
	if err != nil {
		return nil, err
	}
	q := dispatch.SlotQuery{
		From: from, To: to, Work: job.WorkTime.D(), Travel: std.Travel.D(), Grid: std.SlotGrid.D(),
		Reserve: std.PriorityReserve.D(), Near: near, Limit: limit,
	}
	if job.First() {
		q.Reserve = 0
	}
	if now := s.Now(); q.From.Before(now) {
		q.From = now
	}
	return s.windows(ctx, job.Territory, job.Skills, number, q)
}

func (s *Store) windows(ctx context.Context, territory string, skills []string, exceptJob string, q dispatch.SlotQuery) ([]dispatch.Window, error) {
	shifts, busy, err := s.ShiftsAndBusy(ctx, territory, skills, exceptJob, q.From, q.To)
	if err != nil {
		return nil, err
	}
	return dispatch.FreeWindows(q, shifts, busy), nil
}

// ShiftsAndBusy returns the shifts of a territory's active installers who hold every skill,
// each ending at the latest where a certificate does (TE-2), and the time given away.
func (s *Store) ShiftsAndBusy(ctx context.Context, territory string, skills []string, exceptJob string, from, to time.Time) ([]dispatch.Shift, []dispatch.Busy, error) {
	shifts, err := s.q.OpenShifts(ctx, db.OpenShiftsParams{Skills: list(skills), Territory: territory, Until: to, Since: from})
	if err != nil {
		return nil, nil, fmt.Errorf("reading shifts: %w", err)
	}
	out := make([]dispatch.Shift, len(shifts))
	for i, r := range shifts {
		out[i] = dispatch.Shift{Installer: r.InstallerID, Start: r.StartsAt, End: r.EndsAt, MaxJobs: int(r.MaxJobs)}
		if r.StartsAt.Before(from) {
			from = r.StartsAt // the load of a shift counts from its start
		}
		if r.EndsAt.After(to) {
			to = r.EndsAt
		}
	}
	taken, err := s.q.BusyTimes(ctx, db.BusyTimesParams{Territory: territory, ExceptJob: exceptJob, Until: to, Since: from})
	if err != nil {
		return nil, nil, fmt.Errorf("reading appointments: %w", err)
	}
	busy := make([]dispatch.Busy, len(taken))
	for i, r := range taken {
		busy[i] = dispatch.Busy{Installer: r.InstallerID, Start: r.StartsAt, End: r.BusyUntil}
	}
	return out, busy, nil
}

// DayJob is a job in an installer's day, with whom to see and where.
type DayJob struct {
	Job      dispatch.Job      `json:"job"`
	Customer dispatch.Customer `json:"customer"`
}

// InstallerDay returns an installer's jobs with a live appointment on the day of date in
// loc, by agreed time; at the same time second appointments (NA-5) and jobs left over
// (IN-5) come first, then the grades.
func (s *Store) InstallerDay(ctx context.Context, installer string, date time.Time, loc *time.Location) ([]DayJob, error) {
	d := date.In(loc)
	from := time.Date(d.Year(), d.Month(), d.Day(), 0, 0, 0, 0, loc)
	rows, err := s.q.InstallerJobs(ctx, db.InstallerJobsParams{Installer: installer, Since: from, Until: from.AddDate(0, 0, 1)})
	if err != nil {
		return nil, fmt.Errorf("reading the installer's day: %w", err)
	}
	out := make([]DayJob, len(rows))
	for i, r := range rows {
		out[i] = DayJob{Job: r.State, Customer: dispatch.Customer{Name: r.Name, Phone: r.Phone, Address: r.Address, Place: r.State.Site}}
	}
	return out, nil
}

// Project returns when the installer of a job's live appointment can be there at the
// earliest, from what he or she still has to do before it on that day (AP-9, AP-5). Each
// earlier job takes its expected time on site, and then the way to the next.
func (s *Store) Project(ctx context.Context, number string) (dispatch.Projection, error) {
	job, err := s.q.JobState(ctx, number)
	if err != nil {
		return dispatch.Projection{}, missing(err, "reading the job", "job", number)
	}
	std, err := s.Standard(ctx, job.Standard)
	if err != nil {
		return dispatch.Projection{}, err
	}
	now := s.Now()
	v := job.Visit()
	if v == nil {
		return dispatch.Projection{}, dispatch.Refuse(dispatch.CodeWrongStatus, dispatch.RuleWarnedInTime, "The job %s has no live appointment.", number)
	}
	if v.ArrivedAt != nil {
		return dispatch.Projection{ExpectedAt: *v.ArrivedAt}, nil
	}
	if v.DepartedAt != nil { // on the way: nothing is before it any more
		return dispatch.Projection{ExpectedAt: latest(now, deadline(v.ExpectedAt)).UTC()}, nil
	}
	day, err := s.InstallerDay(ctx, v.Appointment.Installer, v.Appointment.Start, job.Zone())
	if err != nil {
		return dispatch.Projection{}, err
	}
	at := now
	for _, d := range day {
		before := d.Job.Visit()
		if d.Job.Number == number || before == nil || before.Appointment.Start.After(v.Appointment.Start) && before.DepartedAt == nil {
			continue
		}
		at = latest(now, begin(before, at).Add(d.Job.WorkTime.D())).Add(std.Travel.D())
	}
	return dispatch.Projection{ExpectedAt: at.UTC()}, nil
}

// begin returns when the work of a visit begins, or began, for one who is free at a time.
func begin(v *dispatch.Visit, free time.Time) time.Time {
	switch {
	case v.EnteredAt != nil:
		return *v.EnteredAt
	case v.DepartedAt != nil:
		return latest(free, latest(deadline(v.ExpectedAt), v.Appointment.Start))
	default:
		return latest(free, v.Appointment.Start)
	}
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func deadline(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}
