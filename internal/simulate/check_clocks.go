package simulate

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"truckroll/dispatch"
)

// checkClocks holds every entry of a clock against its deadline, which is worked out again
// from the timeline, and looks for clocks that should have fired and did not.
func checkClocks(ev *Evidence, broken report) {
	ev.each(func(s *Story, d *Dossier) {
		w := &watch{std: ev.Std, job: d.Job, dues: duesFired(d.Job)}
		for i, e := range d.Timeline {
			first := e.Action == dispatch.ActionClock && (i == 0 || d.Timeline[i-1].Action != dispatch.ActionClock ||
				!near(d.Timeline[i-1].At, e.At) || d.Timeline[i-1].Actor != e.Actor)
			if first {
				w.check(s.Number, ev.Slack, e, d.Timeline[:i], broken)
			}
			w.see(e)
		}
		for _, c := range dispatch.Clocks(ev.Std, &d.Job) {
			if late := ev.ReadAt.Sub(c.At); late > ev.Slack {
				broken(s.Number, c.Rule, "the clock %s is %s overdue and has not fired", c.Key, late.Round(time.Millisecond))
			}
		}
	})
}

// watch follows a timeline and knows when each clock is due.
type watch struct {
	std                *dispatch.Standard
	job                dispatch.Job
	start, end         time.Time // of the live appointment
	arrived, completed time.Time
	asked, callList    time.Time
	timesAsked         int
	dues               []time.Time // VI-15's deadlines that fired, in order
	overdue            time.Time   // of the last breach of VI-15
}

func (w *watch) see(e dispatch.Entry) {
	switch e.Fact {
	case "appointment.booked", "appointment.moved":
		w.start, w.end, w.arrived = moment(e, "start"), moment(e, "end"), time.Time{}
	case "visit.arrived":
		w.arrived = e.At
	case "job.completed":
		w.completed = e.At
	case "follow_up.asked":
		w.asked = e.At
		w.timesAsked++
	case "follow_up.handed_over":
		w.callList = e.At
	}
}

func (w *watch) check(job string, slack time.Duration, e dispatch.Entry, before []dispatch.Entry, broken report) {
	at, known := w.due(e)
	if !known {
		broken(job, e.Rule, "number %d (%s) is of a clock that nobody knows", e.Seq, e.Fact)
		return
	}
	from := at
	if e.Rule == dispatch.RuleCompleteWithin {
		if !w.overdue.IsZero() && !at.After(laterOf(w.overdue, before[len(before)-1].At)) {
			broken(job, e.Rule, "number %d counts as overdue, since %s, what was counted at %s", e.Seq,
				at.Format(time.RFC3339), w.overdue.Format(time.RFC3339))
		}
		w.overdue = e.At
		at, from = at.Truncate(time.Second), laterOf(at.Add(time.Second), before[len(before)-1].At)
	}
	if early := at.Sub(e.At); early > sameMoment {
		broken(job, e.Rule, "number %d (%s) fired %s early", e.Seq, e.Fact, early)
	}
	if late := e.At.Sub(from); late > slack {
		broken(job, e.Rule, "number %d (%s) fired %s late", e.Seq, e.Fact, late.Round(time.Millisecond))
	}
}

// due returns when the clock that wrote an entry was due.
func (w *watch) due(e dispatch.Entry) (time.Time, bool) {
	std, loc := w.std, w.job.Zone()
	switch e.Rule {
	case dispatch.RuleContactWithin:
		return std.AddServiceTime(w.job.OpenedAt, std.ContactWithin[w.job.Kind].D(), loc), true
	case dispatch.RuleServedNextDay:
		return std.ServiceDayEnd(w.job.OpenedAt, loc), true
	case dispatch.RuleReminded:
		return w.start.Add(-std.RemindBefore.D()), true
	case dispatch.RuleWarnedInTime:
		return w.start.Add(-std.RescheduleNotice.D() - std.WarnLead.D()), true
	case dispatch.RuleToldWhenLate:
		return w.start.Add(-std.LateNotice.D()), true
	case dispatch.RuleArriveEarly:
		return w.end, true
	case dispatch.RuleDoorWait:
		return laterOf(w.arrived, w.start).Add(std.NoShowWait.D()), true
	case dispatch.RuleCompleteWithin:
		if len(w.dues) == 0 {
			return time.Time{}, false
		}
		due := w.dues[0]
		w.dues = w.dues[1:]
		return due, true
	case dispatch.RuleFollowUp:
		switch {
		case e.Fact == "follow_up.unanswered":
			return w.callList.Add(std.CallListWithin.D()), true
		case w.timesAsked == 0:
			return w.completed.Add(std.FollowUpAfter.D()), true
		default:
			return w.asked.Add(std.FollowUpRepeat.D()), true
		}
	default:
		return time.Time{}, false
	}
}

// duesFired reads VI-15's deadlines from the keys of the clocks that fired.
func duesFired(job dispatch.Job) []time.Time {
	var out []time.Time
	for _, key := range job.Fired {
		if nanos, ok := strings.CutPrefix(key, string(dispatch.RuleCompleteWithin)+"@"); ok {
			if n, err := strconv.ParseInt(nanos, 10, 64); err == nil {
				out = append(out, time.Unix(0, n))
			}
		}
	}
	return slices.Clip(out)
}
