package dispatch

import (
	"slices"
	"strings"
	"time"
)

// Complete ends the work; everything the standard asks for must be there (VI-15).
type Complete struct {
	Note string `json:"note,omitempty"`
	// Override completes without something that is missing: a supervisor's reason, which
	// stands on the confirmation form.
	Override string `json:"override,omitempty"`
}

// PutOnHold stops a job with a reason and a next step (VI-14); for a reason of safety it
// also ends the visit without a breach (VI-4).
type PutOnHold struct {
	Reason   string     `json:"reason"` // a code of the Standard's hold_reasons
	NextStep string     `json:"next_step"`
	Until    *time.Time `json:"until,omitempty"`
}

// Resume takes a held job up again; after the last no access it is the dispatcher's
// decision to try again (NA-6).
type Resume struct {
	Note string `json:"note,omitempty"`
}

// Cancel calls a job off (AP-7 for the customer, AP-6 for the company).
type Cancel struct {
	By       Party  `json:"by"`
	Reason   string `json:"reason,omitempty"` // required for the company
	Override string `json:"override,omitempty"`
	ByPhone  bool   `json:"by_phone,omitempty"`
}

// Fail ends a job that cannot be done (VI-14).
type Fail struct {
	Reason   string `json:"reason"` // a code of the Standard's fail_reasons
	NextStep string `json:"next_step"`
}

// Action names the command.
func (*Complete) Action() Action { return ActionComplete }

// Action names the command.
func (*PutOnHold) Action() Action { return ActionHold }

// Action names the command.
func (*Resume) Action() Action { return ActionResume }

// Action names the command.
func (*Cancel) Action() Action { return ActionCancel }

// Action names the command.
func (*Fail) Action() Action { return ActionFail }

// MissingFor lists what completion still needs, in the order of the visit: steps (VI-2 to
// VI-13), test parts (VI-7), photos (VI-8), signature (VI-12). Empty off site.
func MissingFor(std *Standard, j *Job) []Missing {
	v := j.Visit()
	if v == nil || j.Status != StatusOnSite {
		return nil
	}
	plan := std.Plan(j.Kind)
	var out []Missing
	for _, s := range plan.Steps {
		if !v.Did(s.ID) {
			out = append(out, Missing{Rule: s.Rule, What: "step:" + s.ID, Say: s.Title})
		}
	}
	for _, part := range plan.Tests {
		name := strings.ReplaceAll(string(part), "_", " ")
		switch passed, measured := v.Verdict(part); {
		case !measured:
			out = append(out, Missing{Rule: RuleAcceptanceTest, What: "test:" + string(part), Say: "test " + name})
		case !passed:
			out = append(out, Missing{Rule: RuleAcceptanceTest, What: "test:" + string(part), Say: "test " + name + " failed: repair and test again"})
		}
	}
	for _, kind := range plan.RequiredPhotos(j.SoldOnline) {
		if !slices.ContainsFunc(v.Photos, func(p Photo) bool { return p.Kind == kind }) {
			out = append(out, Missing{Rule: RulePhotos, What: "photo:" + kind, Say: "photo of the " + strings.ReplaceAll(kind, "_", " ")})
		}
	}
	if plan.Signature && v.Signature == nil {
		out = append(out, Missing{Rule: RuleSigned, What: "signature", Say: "the customer's signature"})
	}
	return out
}

func (c *Complete) run(t *turn) error {
	missing := MissingFor(t.std, &t.job)
	if len(missing) > 0 && !c.overrides(t) {
		r := Refuse(CodeIncomplete, missing[0].Rule, "Not complete yet. First: %s.", missing[0].Say)
		r.Missing = missing
		return r
	}
	v := t.job.Visit()
	due, running := t.job.DueAt(t.std)
	if len(missing) > 0 {
		v.Override = &Override{By: t.actor.ID, Reason: c.Override, Missing: missing}
	}
	t.endVisit(VisitCompleted)
	t.become()
	t.job.CompletedAt = new(t.now)
	t.record("job.completed", RuleCompleteWithin, map[string]any{
		"visit": v.No, "in_time": !running || !t.now.After(due), "note": c.Note,
		"in_first_window": !v.ArrivedAt.After(v.First.End) && v.Appointment.Start.Equal(v.First.Start),
	})
	t.tell(Message{Purpose: PurposeCompleted})
	if v.Override != nil {
		var rules []RuleID
		for _, m := range missing {
			if !slices.Contains(rules, m.Rule) {
				rules = append(rules, m.Rule)
				t.breach(RoleSupervisor, m.Rule, "completed without: "+m.Say+"; reason: "+c.Override)
			}
		}
	}
	return nil
}

// overrides reports whether a supervisor takes it on himself or herself to complete without
// what is missing. Only under a Standard that makes a form, on which it stands.
func (c *Complete) overrides(t *turn) bool {
	return t.std.Form != nil && t.actor.Role == RoleSupervisor && strings.TrimSpace(c.Override) != ""
}

func (c *PutOnHold) run(t *turn) error {
	reason, err := checkReason(t.std.HoldReasons, c.Reason, c.NextStep)
	if err != nil {
		return err
	}
	outcome := VisitHeld
	rule := RuleNothingSilent
	if reason.Cause == PartySafety {
		outcome, rule = VisitSafetyStop, RuleSafety
	}
	t.endVisit(outcome)
	t.become()
	t.job.Hold = &Hold{Reason: c.Reason, Cause: reason.Cause, NextStep: c.NextStep, Since: t.now, Until: c.Until}
	if reason.Cause == PartyCustomer {
		t.pause(PartyCustomer, nil)
	} else {
		t.unpause()
	}
	t.alertDesk("job.held", rule, map[string]any{"reason": c.Reason, "cause": string(reason.Cause), "next_step": c.NextStep})
	t.tell(Message{Purpose: PurposeHeld, Reason: c.NextStep})
	return nil
}

// checkReason is VI-14: a reason code of the Standard and a next step.
func checkReason(list []Reason, code, next string) (Reason, error) {
	reason, ok := findReason(list, code)
	if !ok {
		codes := make([]string, len(list))
		for i, r := range list {
			codes[i] = r.Code
		}
		r := Refuse(CodeReasonRequired, RuleNothingSilent, "Give one of the reasons %v.", codes)
		r.Field = "reason"
		return Reason{}, r
	}
	if strings.TrimSpace(next) == "" {
		r := Refuse(CodeReasonRequired, RuleNothingSilent, "Say what comes next, as agreed with the customer.")
		r.Field = "next_step"
		return Reason{}, r
	}
	return reason, nil
}

// alertDesk records a fact, and puts it on the dispatchers' list when it came from the field.
func (t *turn) alertDesk(fact string, rule RuleID, data map[string]any) {
	e := t.record(fact, rule, data)
	if !t.actor.Desk() {
		e.Alert = RoleDispatcher
	}
}

func (c *Resume) run(t *turn) error {
	if !t.actor.Desk() {
		return Refuse(CodeForbidden, RuleNoAccessLimit, "The dispatcher decides how a held job goes on.")
	}
	hold := t.job.Hold
	t.become()
	t.job.Hold = nil
	if hold.Cause == PartyCustomer && hold.Rule != RuleNoAccessLimit {
		t.unpause()
	}
	t.record("job.resumed", RuleNothingSilent, map[string]any{
		"held_s": int(t.now.Sub(hold.Since).Seconds()), "reason": hold.Reason, "note": c.Note,
	})
	return nil
}

func (c *Cancel) run(t *turn) error {
	var broken *Refusal
	rule := RuleCustomerMoves
	switch v := t.job.Visit(); {
	case c.By == PartyCustomer:
		if s := t.job.Status; (s == StatusEnRoute || s == StatusWaiting) && (!c.ByPhone || !t.actor.Desk()) {
			return Refuse(CodeCallDispatcher, RuleCustomerMoves, "The installer has set out: the customer calls the dispatcher to cancel.")
		}
	case c.By != PartyCompany:
		r := Refuse(CodeInvalid, RuleCustomerMoves, "Say who cancels: customer or company.")
		r.Field = "by"
		return r
	case strings.TrimSpace(c.Reason) == "":
		r := Refuse(CodeReasonRequired, RuleNothingSilent, "Give the reason why the company cancels.")
		r.Field = "reason"
		return r
	default:
		rule = RuleNothingSilent
		if v != nil {
			rule = RuleCompanyNotice
			if broken = t.checkNotice(v.Appointment.Start); broken != nil && !t.overrides(c.Override) {
				return broken
			}
		}
	}
	outcome := VisitCalledOff
	if c.By == PartyCompany {
		outcome = VisitWithdrawn
	}
	t.endVisit(outcome)
	t.become()
	t.job.Hold = nil
	t.job.Ending = &Ending{Status: StatusCancelled, By: c.By, Reason: c.Reason, At: t.now}
	t.record("job.cancelled", rule, map[string]any{"by": string(c.By), "reason": c.Reason})
	t.tell(Message{Purpose: PurposeCancelled, Reason: c.Reason})
	if broken != nil {
		t.breach(RoleSupervisor, RuleCompanyNotice, "cancelled by the company with too little notice: "+c.Override)
	}
	return nil
}

func (c *Fail) run(t *turn) error {
	reason, err := checkReason(t.std.FailReasons, c.Reason, c.NextStep)
	if err != nil {
		return err
	}
	t.endVisit(VisitFailed)
	t.become()
	t.job.Hold = nil
	t.job.Ending = &Ending{Status: StatusFailed, By: reason.Cause, Reason: c.Reason, NextStep: c.NextStep, At: t.now}
	t.alertDesk("job.failed", RuleNothingSilent, map[string]any{"reason": c.Reason, "next_step": c.NextStep})
	return nil
}
