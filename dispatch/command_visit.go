package dispatch

import (
	"slices"
	"strings"
	"time"
)

// Depart is the installer setting out (VI-1, AP-3).
type Depart struct {
	ToolsChecked bool       `json:"tools_checked"`
	PartsChecked bool       `json:"parts_checked"`
	Packed       []string   `json:"packed"`
	ExpectedAt   *time.Time `json:"expected_at,omitempty"` // of arrival; the agreed time if absent
}

// Arrive is the installer's check-in at the door, with place (AP-4).
type Arrive struct {
	Place *Place `json:"place,omitempty"`
}

// Enter is the customer letting the installer in (VI-2); it ends the wait (NA-3).
type Enter struct {
	Note string `json:"note,omitempty"`
}

// NoAccess ends a visit at a closed door (NA-1 to NA-6).
type NoAccess struct {
	Note string `json:"note,omitempty"`
}

// ConfirmStep confirms a step of the visit, or skips it for a reason (VI-2 to VI-13).
type ConfirmStep struct {
	Step   string            `json:"step"`
	Values map[string]string `json:"values,omitempty"`
	Skip   string            `json:"skip,omitempty"`
}

// Action names the command.
func (*Depart) Action() Action { return ActionDepart }

// Action names the command.
func (*Arrive) Action() Action { return ActionArrive }

// Action names the command.
func (*Enter) Action() Action { return ActionEnter }

// Action names the command.
func (*NoAccess) Action() Action { return ActionNoAccess }

// Action names the command.
func (*ConfirmStep) Action() Action { return ActionStep }

func (c *Depart) run(t *turn) error {
	var missing []Missing
	need := func(have bool, what, say string) {
		if !have {
			missing = append(missing, Missing{Rule: RulePacked, What: what, Say: say})
		}
	}
	need(c.ToolsChecked, "tools", "check the tools")
	need(c.PartsChecked, "parts", "check the spare parts")
	for _, item := range t.std.Pack {
		need(slices.Contains(c.Packed, item), "pack:"+item, "pack: "+strings.ReplaceAll(item, "_", " "))
	}
	if len(missing) > 0 {
		r := Refuse(CodeNotPacked, RulePacked, "Check and pack what is missing before setting out.")
		r.Missing = missing
		return r
	}
	v := t.job.Visit()
	expected := v.Appointment.Start
	if c.ExpectedAt != nil {
		expected = c.ExpectedAt.UTC()
	}
	if expected.Before(t.now) {
		expected = t.now
	}
	t.become()
	v.DepartedAt, v.ExpectedAt = new(t.now), new(expected)
	t.record("visit.departed", RulePacked, map[string]any{"visit": v.No, "expected_at": expected})
	t.tell(Message{Purpose: PurposeOnTheWay, Expected: &expected, Installer: v.Appointment.Installer})
	if expected.After(v.Appointment.Start) && v.LateToldAt == nil {
		t.tellLate(expected, "")
	}
	return nil
}

func (c *Arrive) run(t *turn) error {
	v := t.job.Visit()
	t.become()
	v.ArrivedAt, v.ArrivedPlace = new(t.now), c.Place
	start := v.Appointment.Start
	switch {
	case t.now.After(start):
		v.Punctuality = PunctualityLate
	case t.now.Before(start.Add(-t.std.ArriveEarly.Max.D())):
		v.Punctuality = PunctualityEarly
	default:
		v.Punctuality = PunctualityOnTime
	}
	data := map[string]any{
		"visit": v.No, "punctuality": string(v.Punctuality), "minutes_after_agreed": int(t.now.Sub(start).Minutes()),
	}
	if c.Place != nil {
		data["place"] = c.Place
		if t.job.Site != nil {
			data["distance_m"] = int(c.Place.DistanceMetres(*t.job.Site))
		}
	}
	t.record("visit.arrived", RuleArriveEarly, data)
	// NA-2: the customer is messaged at once; the call is for the installer to make.
	t.tell(Message{Purpose: PurposeAtDoor, Installer: v.Appointment.Installer})
	if v.Punctuality == PunctualityLate {
		t.breach(RoleDispatcher, RuleArriveEarly, "arrived after the agreed time")
	}
	return nil
}

func (c *Enter) run(t *turn) error {
	v := t.job.Visit()
	t.become()
	v.EnteredAt = new(t.now)
	waited := int(t.now.Sub(*v.ArrivedAt).Seconds())
	t.record("visit.entered", RuleCustomerBack, map[string]any{"visit": v.No, "waited_s": waited, "note": c.Note})
	return nil
}

func (c *NoAccess) run(t *turn) error {
	v := t.job.Visit()
	if from := t.job.DoorWaitUntil(t.std); t.now.Before(from) {
		r := Refuse(CodeTooEarly, RuleDoorWait, "Wait at the door until %s, and keep trying to reach the customer.",
			from.In(t.job.Zone()).Format("15:04:05 MST"))
		r.AllowedFrom = &from
		return r
	}
	if v.CallsAtDoor == 0 {
		r := Refuse(CodeContactMissing, RuleDoorContact, "Call the customer at least once from the door before you leave.")
		r.Missing = []Missing{{Rule: RuleDoorContact, What: "contact:call", Say: "a call to the customer during the wait"}}
		return r
	}
	t.job.NoAccess++
	t.job.SecondFirst = true
	arrived, left := *v.ArrivedAt, t.now
	t.endVisit(VisitNoAccess)
	t.pause(PartyCustomer, nil)
	limit := t.job.NoAccess >= t.std.MaxNoAccess
	if limit {
		t.become(StatusHeld)
		t.job.Hold = &Hold{
			Reason: "customer_absent", Cause: PartyCustomer, Since: t.now, Rule: RuleNoAccessLimit,
			NextStep: "the dispatcher decides: cancel, try again (resume), or hold on",
		}
	} else {
		t.become()
	}
	t.record("visit.no_access", RuleDoorWait, map[string]any{
		"visit": v.No, "arrived": arrived, "left": left, "calls": v.CallsAtDoor, "note": c.Note,
	})
	t.tell(Message{
		Purpose: PurposeVisitNote, Arrived: &arrived, Left: &left, Installer: v.Appointment.Installer,
	})
	if limit {
		t.alert("decision.due", RuleNoAccessLimit, map[string]any{"visits_without_access": t.job.NoAccess})
	}
	return nil
}

func (c *ConfirmStep) run(t *turn) error {
	plan := t.std.Plan(t.job.Kind)
	step, ok := plan.Step(c.Step)
	if !ok {
		r := Refuse(CodeInvalid, "", "A visit of this kind has no step %q.", c.Step)
		r.Field = "step"
		return r
	}
	v := t.job.Visit()
	if err := checkOrder(v, plan, step); err != nil {
		return err
	}
	if c.Skip != "" {
		if !slices.Contains(step.SkipWhen, c.Skip) {
			return Refuse(CodeStepSkip, step.Rule, "The step %q may be skipped only for: %v.", step.ID, step.SkipWhen)
		}
	} else if err := checkValues(step, c.Values); err != nil {
		return err
	}
	done := StepDone{Step: step.ID, At: t.now, By: t.actor.ID, Values: c.Values, Skipped: c.Skip}
	if i := slices.IndexFunc(v.Steps, func(s StepDone) bool { return s.Step == step.ID }); i >= 0 {
		v.Steps[i] = done // the audit trail keeps the earlier one
	} else {
		v.Steps = append(v.Steps, done)
	}
	t.become()
	data := map[string]any{"visit": v.No, "step": step.ID}
	if len(c.Values) > 0 {
		data["values"] = c.Values
	}
	if c.Skip != "" {
		data["skipped"] = c.Skip
	}
	t.record("step.confirmed", step.Rule, data)
	return nil
}

// checkOrder refuses a step before those that come first, e.g. work before safety (VI-4).
func checkOrder(v *Visit, plan VisitPlan, step Step) error {
	var missing []Missing
	for _, id := range step.After {
		if !v.Did(id) {
			before, _ := plan.Step(id)
			missing = append(missing, Missing{Rule: before.Rule, What: "step:" + id, Say: before.Title})
		}
	}
	if len(missing) == 0 {
		return nil
	}
	r := Refuse(CodeStepOrder, missing[0].Rule, "First: %s.", missing[0].Say)
	r.Missing = missing
	return r
}

func checkValues(step Step, values map[string]string) error {
	for _, name := range step.Values {
		if strings.TrimSpace(values[name]) == "" {
			r := Refuse(CodeStepValue, step.Rule, "The step %q needs the value %q.", step.ID, name)
			r.Field = "values." + name
			return r
		}
	}
	if step.Rule == RuleSatisfied && !slices.Contains(satisfiedAnswers, values["answer"]) {
		r := Refuse(CodeNotSatisfied, RuleSatisfied,
			"If the customer is not satisfied, put it right or call the supervisor before leaving; then answer one of %v.", satisfiedAnswers)
		r.Field = "values.answer"
		return r
	}
	return nil
}

// satisfiedAnswers are the ways to leave a customer (VI-11).
var satisfiedAnswers = []string{"yes", "put_right", "supervisor_called"}

// Did reports whether a step was confirmed or skipped on this visit.
func (v *Visit) Did(step string) bool {
	return slices.ContainsFunc(v.Steps, func(s StepDone) bool { return s.Step == step })
}
