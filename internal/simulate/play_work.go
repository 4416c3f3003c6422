package simulate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"truckroll/dispatch"
)

// work is the visit from the door to its end. Done means that it was completed; again that
// another appointment is needed. The installer is free afterwards.
func (p *player) work(ctx context.Context, visit int) (done, again bool, err error) {
	defer func() { p.leave() }()
	w := p.plan.Work
	plan := p.std.Plan(p.plan.Intake.Kind)
	if p.plan.Stray == StrayCancel {
		c := dispatch.Cancel{By: dispatch.PartyCustomer, ByPhone: true}
		w := want{dispatch.CodeWrongStatus, dispatch.RuleNothingSilent}
		if err := p.refused(ctx, dispatch.ActionCancel, "stray-cancel", w, p.cancel(c)); err != nil {
			return false, false, err
		}
	}
	if w.SafetyStop && visit == 0 {
		return false, true, p.stopForSafety(ctx, plan)
	}
	if w.OutOfOrder {
		if err := p.outOfOrder(ctx, plan); err != nil {
			return false, false, err
		}
	}
	if w.Fails != "" {
		p.expect(dispatch.StatusFailed)
		if err := p.do(ctx, dispatch.ActionStep, "step-introduce", p.step(dispatch.ConfirmStep{Step: plan.Steps[0].ID})); err != nil {
			return false, false, err
		}
		return false, false, p.do(ctx, dispatch.ActionFail, "fail", p.fail(w.Fails, "the network team calls within a week"))
	}
	if err := p.steps(ctx, plan); err != nil {
		return false, false, err
	}
	if err := p.evidence(ctx, plan); err != nil {
		return false, false, err
	}
	p.expect(dispatch.StatusCompleted)
	return true, false, p.do(ctx, dispatch.ActionComplete, "complete", p.complete())
}

// stopForSafety ends the visit without a breach for the installer (VI-4).
func (p *player) stopForSafety(ctx context.Context, plan dispatch.VisitPlan) error {
	if err := p.do(ctx, dispatch.ActionStep, "step-"+plan.Steps[0].ID, p.step(dispatch.ConfirmStep{Step: plan.Steps[0].ID})); err != nil {
		return err
	}
	p.expect(dispatch.StatusHeld)
	if err := p.do(ctx, dispatch.ActionHold, "hold", p.hold("unsafe", "an electrician looks at it first")); err != nil {
		return err
	}
	if err := p.idle(ctx, 30); err != nil {
		return err
	}
	p.expect(dispatch.StatusBooking)
	return p.do(ctx, dispatch.ActionResume, "resume", p.resume())
}

// outOfOrder asks for the work before the safety check: refused by the rule of the step
// that comes first (VI-4).
func (p *player) outOfOrder(ctx context.Context, plan dispatch.VisitPlan) error {
	i := slices.IndexFunc(plan.Steps, func(s dispatch.Step) bool { return slices.Contains(s.After, "safety") })
	first, _ := plan.Step(plan.Steps[i].After[0])
	w := want{dispatch.CodeStepOrder, first.Rule}
	if p.plan.Work.Batch { // all or nothing: the first command of the batch must not stay
		commands, err := envelopes(
			&dispatch.ConfirmStep{Step: plan.Steps[0].ID}, confirmed(plan.Steps[i]),
		)
		if err != nil {
			return err
		}
		return p.refused(ctx, dispatch.ActionStep, "batch-out-of-order", w, p.batch(commands))
	}
	return p.refused(ctx, dispatch.ActionStep, "step-out-of-order", w, p.step(*confirmed(plan.Steps[i])))
}

// steps confirms all steps and takes the test, one by one or in one batch.
func (p *player) steps(ctx context.Context, plan dispatch.VisitPlan) error {
	// The time on site is shared out among what is done there; slow answers do not prolong it.
	share := p.pace.minutes(p.workTime() * p.plan.Work.Pace / float64(len(plan.Steps)+6))
	next := p.now.At
	var batch []dispatch.Command
	for _, s := range plan.Steps {
		c := confirmed(s)
		if s.Rule == dispatch.RuleSatisfied && p.plan.Work.Dissatisfied {
			no := dispatch.ConfirmStep{Step: s.ID, Values: map[string]string{"answer": "no"}}
			w := want{dispatch.CodeNotSatisfied, dispatch.RuleSatisfied}
			if !p.plan.Work.Batch {
				if err := p.refused(ctx, dispatch.ActionStep, "step-dissatisfied", w, p.step(no)); err != nil {
					return err
				}
			}
			c.Values["answer"] = "put_right"
		}
		batch = append(batch, c)
		next = next.Add(share)
		if err := p.until(ctx, next); err != nil {
			return err
		}
		if p.plan.Work.Batch {
			continue
		}
		if err := p.do(ctx, dispatch.ActionStep, "step-"+s.ID, p.step(*c)); err != nil {
			return err
		}
	}
	first := p.measured(plan, p.plan.Work.FailedTest)
	if p.plan.Work.Batch {
		action := dispatch.ActionStep
		if first != nil {
			batch, action = append(batch, first), dispatch.ActionTest
		}
		commands, err := envelopes(batch...)
		if err != nil {
			return err
		}
		return p.do(ctx, action, "batch", p.batch(commands))
	}
	if first == nil {
		return nil
	}
	return p.do(ctx, dispatch.ActionTest, "test", p.test(*first))
}

// workTime is the expected time on site in simulated minutes.
func (p *player) workTime() float64 {
	w := p.now.Window
	return w.End.Sub(w.Start).Minutes() * float64(p.pace)
}

// confirmed is a step with all values it asks for.
func confirmed(s dispatch.Step) *dispatch.ConfirmStep {
	c := &dispatch.ConfirmStep{Step: s.ID}
	for _, name := range s.Values {
		if c.Values == nil {
			c.Values = map[string]string{}
		}
		c.Values[name] = map[bool]string{true: "yes", false: "SIM-" + name}[s.Rule == dispatch.RuleSatisfied]
	}
	return c
}

// measured is the acceptance test (VI-7); nil for a visit without one.
func (p *player) measured(plan dispatch.VisitPlan, fails bool) *dispatch.RecordTest {
	if len(plan.Tests) == 0 {
		return nil
	}
	c := &dispatch.RecordTest{
		Resources:      &dispatch.ResourceCheck{PortMatches: true, LineMatches: true},
		Authentication: &dispatch.AuthCheck{InSync: true},
		OpticalPower:   &dispatch.PowerReading{DBm: -18.4, Instrument: "PM-7"},
		Speed:          &dispatch.SpeedReading{Mbps: p.plan.Intake.ContractMbps * 1.02},
	}
	switch {
	case fails && p.plan.Index%2 == 0:
		c.OpticalPower.DBm = p.std.MinRxDBm // not above the bound: failed
	case fails:
		c.Speed.Mbps = p.plan.Intake.ContractMbps * 0.9
	}
	return c
}

func envelopes(commands ...dispatch.Command) ([]dispatch.Envelope, error) {
	out := make([]dispatch.Envelope, len(commands))
	var errs []error
	for i, c := range commands {
		with, err := json.Marshal(c)
		errs = append(errs, err)
		out[i] = dispatch.Envelope{Do: c.Action(), With: with}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("packing a batch: %w", err)
	}
	return out, nil
}
