package simulate

import (
	"slices"
	"time"

	"truckroll/dispatch"
)

// booking is time that an installer had given to a job, and for how long that was so.
type booking struct {
	job, installer string
	start, end     time.Time // with the way to the next
	made, released time.Time // released is zero while it stands
}

// raceSlack is how long the old and the new owner of a window may seem to have it both: the
// timeline says when a command was taken up, the window changes hands a little later.
const raceSlack = 3 * time.Second

// checkBookings looks for two jobs that had the same installer's time at the same time
// (AP-2), in the timelines and in the installers' days.
func checkBookings(ev *Evidence, broken report) {
	byInstaller := map[string][]booking{}
	ev.each(func(s *Story, d *Dossier) {
		for _, b := range bookings(s.Number, d.Timeline, ev.Std.Travel.D()) {
			byInstaller[b.installer] = append(byInstaller[b.installer], b)
		}
	})
	for installer, list := range byInstaller {
		slices.SortFunc(list, func(a, b booking) int { return a.start.Compare(b.start) })
		for i, a := range list {
			for _, b := range list[i+1:] {
				if !b.start.Before(a.end) {
					break
				}
				if a.job != b.job && together(a, b) {
					broken(b.job, dispatch.RuleCustomersTime, "%s was booked for it at %s and for %s at %s", installer,
						b.start.Format(time.RFC3339Nano), a.job, a.start.Format(time.RFC3339Nano))
				}
			}
		}
	}
	for who, day := range ev.Days {
		slices.SortFunc(day, func(a, b DayBooking) int { return a.Window.Start.Compare(b.Window.Start) })
		for i := 1; i < len(day); i++ {
			if day[i].Window.Start.Before(day[i-1].Window.End) {
				broken(day[i].Number, dispatch.RuleCustomersTime, "the day of %s has it and %s at the same time", who, day[i-1].Number)
			}
		}
	}
}

// together reports whether both bookings stood at the same time for more than a moment.
func together(a, b booking) bool {
	from, until := laterOf(a.made, b.made), a.released
	if until.IsZero() || !b.released.IsZero() && b.released.Before(until) {
		until = b.released
	}
	return until.IsZero() || until.Sub(from) > raceSlack
}

// bookings reads from a timeline what was booked and until when.
func bookings(job string, timeline []dispatch.Entry, travel time.Duration) []booking {
	var out []booking
	release := func(at time.Time) {
		if n := len(out); n > 0 && out[n-1].released.IsZero() {
			out[n-1].released = at
		}
	}
	for _, e := range timeline {
		switch e.Fact {
		case "appointment.booked", "appointment.moved":
			release(e.At)
			out = append(out, booking{
				job: job, installer: text(e, "installer"), start: moment(e, "start"), end: moment(e, "end").Add(travel), made: e.At,
			})
		case "assignment.changed":
			if n := len(out); n > 0 && out[n-1].released.IsZero() {
				next := out[n-1]
				next.installer, next.made = text(e, "to"), e.At
				release(e.At)
				out = append(out, next)
			}
		case "job.completed", "visit.no_access", "job.held", "job.cancelled", "job.failed":
			release(e.At)
		}
	}
	return out
}
