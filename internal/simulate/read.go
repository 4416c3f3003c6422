package simulate

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"truckroll/dispatch"
	"truckroll/internal/apiclient"
)

// Evidence is all that the checks look at: what the people of the run remember, and what
// the system says of it.
type Evidence struct {
	Std      *dispatch.Standard
	Slack    time.Duration // how late a clock may fire
	ReadAt   time.Time
	Stories  []*Story
	Dossiers map[string]*Dossier     // by service number
	Listed   []string                // numbers that the search over the territory finds
	Days     map[string][]DayBooking // by installer
	Faults   []string                // answers that should never come
	KPIs     []apiclient.KPI
	// ShiftSeconds is how long the installers are on shift.
	ShiftSeconds float64
}

// Dossier is what the system says of one job.
type Dossier struct {
	Missing  bool // there is no such job
	Job      dispatch.Job
	Timeline []dispatch.Entry
	Messages []apiclient.SentMessage
}

// DayBooking is a job in an installer's day.
type DayBooking struct {
	Number string
	Window dispatch.Window
}

// readers is how many jobs are read at once.
const readers = 6

// read fetches the evidence.
func (r *run) read(ctx context.Context, stories []*Story) (*Evidence, error) {
	ev := &Evidence{
		Std: r.std, Slack: r.opt.Slack, ReadAt: time.Now(), Stories: stories,
		Dossiers: map[string]*Dossier{}, Days: map[string][]DayBooking{},
	}
	for _, s := range stories {
		if s.Number != "" {
			ev.Dossiers[s.Number] = &Dossier{}
		}
	}
	all, ctx := errgroup.WithContext(ctx)
	all.SetLimit(readers)
	for number, d := range ev.Dossiers {
		all.Go(func() error {
			if err := r.readJob(ctx, number, d); err != nil {
				return fmt.Errorf("reading job %s: %w", number, err)
			}
			return nil
		})
	}
	if err := all.Wait(); err != nil {
		return nil, err
	}
	return ev, r.readLists(context.WithoutCancel(ctx), ev)
}

func (r *run) readJob(ctx context.Context, number string, d *Dossier) error {
	view, err := get[apiclient.JobView](ctx, r.api, func(ctx context.Context) (*http.Response, error) { return r.api.GetJob(ctx, number) })
	if isRefusal(err, dispatch.CodeNotFound) {
		d.Missing = true
		return nil
	}
	if err != nil {
		return err
	}
	d.Job = view.Job
	for after, more := int64(0), true; more; {
		page, err := get[apiclient.Timeline](ctx, r.api, func(ctx context.Context) (*http.Response, error) {
			return r.api.GetTimeline(ctx, number, &apiclient.GetTimelineParams{After: after, Limit: 200})
		})
		if err != nil {
			return err
		}
		d.Timeline = append(d.Timeline, page.Items...)
		after, more = page.NextAfter, page.NextAfter > after
	}
	for cursor, more := "", true; more; {
		page, err := get[apiclient.MessagePage](ctx, r.api, func(ctx context.Context) (*http.Response, error) {
			return r.api.ListMessages(ctx, &apiclient.ListMessagesParams{Number: number, Limit: 200, Cursor: cursor})
		})
		if err != nil {
			return err
		}
		d.Messages = append(d.Messages, page.Items...)
		cursor, more = page.NextCursor, page.NextCursor != ""
	}
	return nil
}

// readLists reads what is not of one job: the search, the installers' days, the figures.
func (r *run) readLists(ctx context.Context, ev *Evidence) error {
	for cursor, more := "", true; more; {
		page, err := get[apiclient.JobPage](ctx, r.api, func(ctx context.Context) (*http.Response, error) {
			return r.api.SearchJobs(ctx, &apiclient.SearchJobsParams{Territory: r.id, Limit: 200, Cursor: cursor})
		})
		if err != nil {
			return fmt.Errorf("searching the territory: %w", err)
		}
		for _, j := range page.Items {
			ev.Listed = append(ev.Listed, j.Number)
		}
		cursor, more = page.NextCursor, page.NextCursor != ""
	}
	report, err := get[apiclient.KPIReport](ctx, r.api, func(ctx context.Context) (*http.Response, error) {
		return r.api.GetKPI(ctx, &apiclient.GetKPIParams{From: r.reportFrom(), To: r.reportTo(), Territory: r.id})
	})
	if err != nil {
		return fmt.Errorf("reading the figures: %w", err)
	}
	ev.KPIs = report.Kpis
	ev.ShiftSeconds = float64(r.opt.Installers) * r.pace.real(r.day).Seconds()
	return nil
}

// The report's stretch holds everything that happened in the run, and all its windows.
func (r *run) reportFrom() time.Time { return r.began.Add(-time.Hour) }
func (r *run) reportTo() time.Time   { return r.began.Add(r.pace.real(r.day) + 24*time.Hour) }

// readDays reads the days of all installers while appointments are live.
func (r *run) readDays(ctx context.Context, team []string, at time.Time, seen map[string][]DayBooking) error {
	for _, id := range team {
		day, err := get[apiclient.Day](ctx, r.api, func(ctx context.Context) (*http.Response, error) {
			return r.api.GetInstallerDay(ctx, id, dayParams(at))
		})
		if err != nil {
			return fmt.Errorf("reading the day of %s: %w", id, err)
		}
		var bookings []DayBooking
		for _, j := range day.Jobs {
			bookings = append(bookings, DayBooking{j.Number, j.Appointment})
		}
		seen[id+"@"+at.Format(time.RFC3339)] = bookings
	}
	return nil
}
