package dispatch

import (
	"fmt"
	"slices"
	"time"
)

// Clock is a deadline of the Standard that runs on a job. The workflow keeps one durable
// timer for each; when it fires, [ClockFired] says what happens.
type Clock struct {
	Key  string    `json:"key"` // unique on the job; a moved deadline has a new key
	Rule RuleID    `json:"rule"`
	At   time.Time `json:"at"`
	Says string    `json:"says"` // what happens then, for ops and dispatchers
}

// Names of the clocks, the part of a key before its discriminator.
const (
	clockContact  = "AP-1"
	clockDayEnd   = "IN-5"
	clockReminder = "AP-3"
	clockWarn     = "AP-9"
	clockLate     = "AP-5"
	clockMissed   = "AP-4"
	clockDoor     = "NA-1"
	clockDue      = "VI-15"
	clockAsk      = "FU-1/ask"
	clockAskAgain = "FU-1/again"
	clockHandOver = "FU-1/hand-over"
	clockGiveUp   = "FU-1/close"
	deskTakesOver = "the dispatcher is alerted and the breach recorded"
)

// Clocks returns the deadlines that run on a job as it stands, earliest first. It is a
// pure function of the job, so a command needs no bookkeeping of timers: whatever it
// changed, the difference between the clocks before and after is what to start and stop.
func Clocks(std *Standard, j *Job) []Clock {
	var out []Clock
	add := func(key string, rule RuleID, at time.Time, says string) {
		if !slices.Contains(j.Fired, key) {
			out = append(out, Clock{Key: key, Rule: rule, At: at.UTC(), Says: says})
		}
	}
	loc := j.Zone()
	if j.Status == StatusCompleted {
		followUpClocks(std, j, loc, add)
	}
	if !j.Status.Ended() && j.Status != StatusCompleted {
		if due, running := j.DueAt(std); running {
			add(fmt.Sprintf("%s@%d", clockDue, due.UnixNano()), RuleCompleteWithin, due, "completion is overdue: "+deskTakesOver)
		}
	}
	switch j.Status {
	case StatusReceived, StatusBooking:
		if j.ContactedAt == nil {
			at := std.AddServiceTime(j.OpenedAt, std.ContactWithin[j.Kind].D(), loc)
			add(clockContact, RuleContactWithin, at, "the customer was not contacted: "+deskTakesOver)
		}
		addDayEnd(std, j, loc, add)
	case StatusScheduled:
		addDayEnd(std, j, loc, add)
		appointmentClocks(std, j, add)
	case StatusDispatched, StatusEnRoute:
		appointmentClocks(std, j, add)
	case StatusWaiting:
		v := j.Visit()
		add(fmt.Sprintf("%s#%d", clockDoor, v.No), RuleDoorWait, j.DoorWaitUntil(std), "the wait is over: no access may be declared")
	default:
	}
	slices.SortStableFunc(out, func(a, b Clock) int { return a.At.Compare(b.At) })
	return out
}

type addClock func(key string, rule RuleID, at time.Time, says string)

// addDayEnd is IN-5: what was accepted and not dispatched by the end of its service day.
func addDayEnd(std *Standard, j *Job, loc *time.Location, add addClock) {
	if len(j.Visits) > 1 || j.CarriedOver != nil {
		return
	}
	end := std.ServiceDayEnd(j.OpenedAt, loc)
	if v := j.Visit(); v != nil && !v.Appointment.Start.Before(end) {
		return // agreed for another day: nothing is left over
	}
	add(clockDayEnd, RuleServedNextDay, end, "not dispatched today: listed, and served first tomorrow")
}

// appointmentClocks are the deadlines before an agreed time. One whose moment had passed
// when the appointment was agreed does not run: whoever agreed to a time an hour ahead
// knew it.
func appointmentClocks(std *Standard, j *Job, add addClock) {
	v := j.Visit()
	start := v.Appointment.Start
	before := func(name string, rule RuleID, d time.Duration, says string) {
		if at := start.Add(-d); at.After(v.Appointment.AgreedAt) {
			add(fmt.Sprintf("%s#%d.%d", name, v.No, v.Appointment.Revision), rule, at, says)
		}
	}
	if j.Status != StatusEnRoute {
		before(clockReminder, RuleReminded, std.RemindBefore.D(), "the customer is reminded")
		before(clockWarn, RuleWarnedInTime, std.RescheduleNotice.D()+std.WarnLead.D(), "the dispatcher is warned if the day's progress will break the appointment")
	}
	if v.LateToldAt == nil {
		before(clockLate, RuleToldWhenLate, std.LateNotice.D(), "the customer is told that the installer will be late")
	}
	add(fmt.Sprintf("%s#%d.%d", clockMissed, v.No, v.Appointment.Revision), RuleArriveEarly, v.Appointment.End, "nobody came: counted as missed by us, the dispatcher is alerted")
}

// followUpClocks are FU-1: ask, ask once more, hand to the call list, and at last close.
func followUpClocks(std *Standard, j *Job, loc *time.Location, add addClock) {
	f := j.FollowUp
	switch {
	case j.CallList != nil:
		add(clockGiveUp, RuleFollowUp, j.CallList.Add(std.CallListWithin.D()), "closed without an answer")
	case f.Asked == 0:
		add(clockAsk, RuleFollowUp, std.AfterQuiet(j.CompletedAt.Add(std.FollowUpAfter.D()), loc), "the customer is asked for a score")
	case f.Asked == 1:
		add(clockAskAgain, RuleFollowUp, std.AfterQuiet(f.AskedAt.Add(std.FollowUpRepeat.D()), loc), "the customer is asked once more")
	default:
		add(clockHandOver, RuleFollowUp, f.AskedAt.Add(std.FollowUpRepeat.D()), "handed to the agents' call list")
	}
}
