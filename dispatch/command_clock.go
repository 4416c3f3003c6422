package dispatch

import (
	"slices"
	"strings"
)

// ClockFired is a deadline that came. Only the workflow gives it.
type ClockFired struct {
	Key        string      `json:"key"`
	Projection *Projection `json:"projection,omitempty"` // for AP-9 and AP-5
}

// Action names the command.
func (*ClockFired) Action() Action { return ActionClock }

// NeedsProjection reports whether what a clock does depends on the day's progress.
func (c Clock) NeedsProjection() bool {
	return c.Rule == RuleWarnedInTime || c.Rule == RuleToldWhenLate
}

func (c *ClockFired) run(t *turn) error {
	clocks := Clocks(t.std, &t.job)
	i := slices.IndexFunc(clocks, func(k Clock) bool { return k.Key == c.Key })
	if i < 0 || clocks[i].At.After(t.now) {
		return Refuse(CodeWrongStatus, "", "The clock %s does not run.", c.Key)
	}
	clock := clocks[i]
	t.job.Fired = append(t.job.Fired, clock.Key)
	name, _, _ := strings.Cut(clock.Key, "#")
	name, _, _ = strings.Cut(name, "@")
	t.become(t.job.Status)
	switch name {
	case clockContact:
		t.breach(RoleDispatcher, RuleContactWithin, "the customer was not contacted in time")
	case clockDayEnd:
		t.job.CarriedOver = new(t.now)
		t.alert("job.carried_over", RuleServedNextDay, nil)
	case clockReminder:
		v := t.job.Visit()
		t.record("customer.reminded", RuleReminded, map[string]any{"visit": v.No})
		t.tell(Message{Purpose: PurposeReminder, Start: &v.Appointment.Start, Installer: v.Appointment.Installer})
	case clockWarn:
		t.warn(c.Projection)
	case clockLate:
		t.late(c.Projection)
	case clockMissed:
		t.breach(RoleDispatcher, RuleArriveEarly, "nobody came in the agreed window")
	case clockDoor:
		t.record("wait.over", RuleDoorWait, nil)
	case clockDue:
		t.breach(RoleSupervisor, RuleCompleteWithin, "not completed in time")
	default:
		t.followUpDue(name)
	}
	return nil
}

// warn is AP-9: while there still is time to give notice, the dispatcher hears of an
// appointment that the day's progress is about to break.
func (t *turn) warn(p *Projection) {
	v := t.job.Visit()
	data := map[string]any{"start": v.Appointment.Start, "installer": v.Appointment.Installer}
	if p == nil || !p.ExpectedAt.After(v.Appointment.Start) {
		t.record("progress.checked", RuleWarnedInTime, data)
		return
	}
	data["expected_at"] = p.ExpectedAt
	data["notice_until"] = v.Appointment.Start.Add(-t.std.RescheduleNotice.D())
	t.alert("appointment.endangered", RuleWarnedInTime, data)
}

// late is AP-5's deadline: an installer who is not at the door a little before the agreed
// time and cannot be there in time is announced as late, with the new expected time.
func (t *turn) late(p *Projection) {
	v := t.job.Visit()
	expected := t.now
	if p != nil && p.ExpectedAt.After(expected) {
		expected = p.ExpectedAt
	}
	if v.ExpectedAt != nil && t.job.Status == StatusEnRoute {
		expected = *v.ExpectedAt // the installer's own word
	}
	if t.job.Status != StatusEnRoute {
		if soonest := t.now.Add(t.std.Travel.D()); expected.Before(soonest) {
			expected = soonest
		}
	}
	if !expected.After(v.Appointment.Start) {
		t.record("progress.checked", RuleToldWhenLate, map[string]any{"expected_at": expected})
		return
	}
	t.tellLate(expected, "")
	t.alert("delay.announced", RuleToldWhenLate, map[string]any{"expected_at": expected})
}

func (t *turn) followUpDue(name string) {
	f := &t.job.FollowUp
	switch name {
	case clockAsk, clockAskAgain:
		purpose := PurposeScoreRequest
		if f.Asked > 0 {
			purpose = PurposeScoreReminder
		}
		f.Asked++
		f.AskedAt = new(t.now)
		t.record("follow_up.asked", RuleFollowUp, map[string]any{"time": f.Asked})
		t.tell(Message{Purpose: purpose})
	case clockHandOver:
		t.job.CallList = new(t.now)
		t.record("follow_up.handed_over", RuleFollowUp, nil)
	case clockGiveUp:
		t.become(StatusClosed)
		t.record("follow_up.unanswered", RuleFollowUp, map[string]any{"asked": f.Asked})
	}
}
