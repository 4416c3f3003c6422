package simulate

import (
	"context"
	"fmt"
	"slices"
	"time"

	"truckroll/dispatch"
)

// driveMinutes is the way to the customer.
const driveMinutes = 12

// goThere dispatches the job and brings its installer to the door and in. Met is false when
// there was no meeting; again when another appointment is needed.
func (p *player) goThere(ctx context.Context, visit int) (met, again bool, err error) {
	plan := p.plan.Visits[min(visit, len(p.plan.Visits)-1)]
	for {
		if err := p.dispatch(ctx); err != nil {
			return false, false, err
		}
		if visit == 0 && p.plan.Stray == StrayArrive {
			p.plan.Stray = StrayNone
			err := p.refused(ctx, dispatch.ActionArrive, "stray-arrive", want{dispatch.CodeWrongStatus, ""}, p.arrive(p.doorstep()))
			if err != nil {
				return false, false, err
			}
		}
		w := *p.now.Window
		target := w.Start.Add(p.pace.real(plan.Offset))
		if err := p.until(ctx, target.Add(-p.pace.minutes(driveMinutes))); err != nil {
			return false, false, err
		}
		release, err := p.crew.take(ctx, w.Installer)
		if err != nil {
			return false, false, err
		}
		stays, met, again, err := p.onTheRoad(ctx, visit, plan, target)
		if met && err == nil {
			p.leave = release // the installer stays until the work is over
			return true, false, nil
		}
		release()
		if stays || err != nil {
			return met, again, err
		}
	}
}

// dispatch hands the job to its installer. An appointment that has passed before anybody
// came to it is moved first, as the refusal says.
func (p *player) dispatch(ctx context.Context) error {
	for {
		p.expect(dispatch.StatusDispatched)
		problem, err := p.try(ctx, dispatch.ActionAssign, "assign", p.assign())
		if err != nil || problem == nil {
			return err
		}
		last := &p.story.Refusals[len(p.story.Refusals)-1]
		last.WantCode, last.WantRule = dispatch.CodeInThePast, dispatch.RuleCompanyNotice
		if time.Now().Before(p.now.Window.End) || !(want{last.WantCode, last.WantRule}).met(*problem) {
			last.Wanted = false
			return fmt.Errorf("%w: assign: %w", errOffScript, &refusedError{*problem})
		}
		p.story.skip("too late to dispatch")
		was := p.now.Window.Start
		if err := p.moves(ctx, dispatch.PartyCompany, "nobody dispatched it in time"); err != nil {
			return err
		}
		if p.now.Window.Start.Equal(was) {
			return fmt.Errorf("%w: no window to move a passed appointment to", errNoTime)
		}
	}
}

// onTheRoad is from setting out to the door's opening, or not. Stays is false when the
// customer moved the appointment while the installer was on the way.
func (p *player) onTheRoad(ctx context.Context, visit int, plan VisitPlan, target time.Time) (stays, met, again bool, err error) {
	if err := p.setOut(ctx, plan, target); err != nil {
		return true, false, false, err
	}
	if visit == 0 && p.plan.Turn == TurnEnRoute && !p.rerouted {
		p.rerouted = true
		if moved, err := p.customerMovesEnRoute(ctx); err != nil || moved {
			return !moved, false, false, err
		}
	}
	if p.plan.Stray == StrayNoAccess {
		p.plan.Stray = StrayNone
		if err := p.refused(ctx, dispatch.ActionNoAccess, "stray-no-access", want{dispatch.CodeWrongStatus, ""}, p.noAccess()); err != nil {
			return true, false, false, err
		}
	}
	// Somebody who sets out late, as the visit before took longer, also arrives late.
	if err := p.until(ctx, laterOf(target, p.now.At.Add(p.pace.minutes(driveMinutes/2)))); err != nil {
		return true, false, false, err
	}
	p.expect(dispatch.StatusWaiting)
	if err := p.do(ctx, dispatch.ActionArrive, "arrive", p.arrive(p.doorstep())); err != nil {
		return true, false, false, err
	}
	met, again, err = p.atTheDoor(ctx, plan)
	return true, met, again, err
}

// setOut packs and departs (VI-1), and tells of a delay (AP-5).
func (p *player) setOut(ctx context.Context, plan VisitPlan, target time.Time) error {
	start := p.now.Window.Start
	late := target.After(start)
	if plan.Unpacked {
		some := slices.Clone(p.std.Pack)[:len(p.std.Pack)-1]
		w := want{dispatch.CodeNotPacked, dispatch.RulePacked}
		if err := p.refused(ctx, dispatch.ActionDepart, "depart-unpacked", w, p.depart(some, nil)); err != nil {
			return err
		}
	}
	if late && plan.TellLate && time.Until(target) > p.pace.minutes(2) {
		told, err := p.tellDelay(ctx, target.UTC().Truncate(time.Millisecond))
		if err != nil {
			return err
		}
		if !told {
			p.story.skip("the delay was over before it was told")
		} else if err := p.do(ctx, dispatch.ActionAnswer, "delay-answer", p.delayAnswer("accepts")); err != nil {
			return err
		}
	}
	var expected *time.Time
	if late {
		t := target.UTC().Truncate(time.Millisecond)
		expected = &t
	}
	p.expect(dispatch.StatusEnRoute)
	return p.do(ctx, dispatch.ActionDepart, "depart", p.depart(p.std.Pack, expected))
}

// tellDelay tells the customer a new time (AP-5); false when that time came before the answer.
func (p *player) tellDelay(ctx context.Context, expected time.Time) (bool, error) {
	problem, err := p.try(ctx, dispatch.ActionDelay, "delay", p.delay(expected))
	if err != nil || problem == nil {
		return err == nil, err
	}
	last := &p.story.Refusals[len(p.story.Refusals)-1]
	last.WantCode, last.WantRule = dispatch.CodeInThePast, dispatch.RuleToldWhenLate
	if last.Wanted = time.Now().After(expected); last.Wanted {
		return false, nil
	}
	return false, fmt.Errorf("%w: delay: %w", errOffScript, &refusedError{*problem})
}

// doorstep is where the installer checks in: a few metres from the address.
func (p *player) doorstep() dispatch.Place {
	place := *p.plan.Intake.Customer.Place
	accuracy := 12.0
	place.Latitude += 0.00005
	place.AccuracyMetres = &accuracy
	return place
}

// atTheDoor is what happens until the door opens or the wait is over (NA-1 to NA-6).
func (p *player) atTheDoor(ctx context.Context, plan VisitPlan) (met, again bool, err error) {
	waitFrom := laterOf(p.now.At, p.now.Window.Start)
	wait := p.std.NoShowWait.D()
	if plan.Door == DoorOpen {
		if err := p.idle(ctx, 1); err != nil {
			return false, false, err
		}
		return true, false, p.letIn(ctx)
	}
	if !plan.Silent || plan.Door == DoorBack {
		if err := p.do(ctx, dispatch.ActionContact, "call-at-door", p.call("no_answer")); err != nil {
			return false, false, err
		}
	}
	// Only where there is time to be hasty: a slow answer may outlast the wait.
	if plan.Hasty && time.Until(waitFrom.Add(wait)) > wait/2 {
		w := want{dispatch.CodeTooEarly, dispatch.RuleDoorWait}
		if err := p.refused(ctx, dispatch.ActionNoAccess, "no-access-hasty", w, p.noAccess()); err != nil {
			return false, false, err
		}
	}
	if plan.Door == DoorBack { // NA-3: at minute twelve of fifteen
		if err := p.until(ctx, waitFrom.Add(wait*12/15)); err != nil {
			return false, false, err
		}
		if err := p.letIn(ctx); err != nil || !plan.Hasty {
			return true, false, err
		}
		w := want{dispatch.CodeWrongStatus, dispatch.RuleCustomerBack}
		return true, false, p.refused(ctx, dispatch.ActionNoAccess, "no-access-inside", w, p.noAccess())
	}
	if err := p.until(ctx, waitFrom.Add(wait).Add(p.pace.minutes(0.5))); err != nil {
		return false, false, err
	}
	again, err = p.nobodyThere(ctx, plan)
	return false, again, err
}

func (p *player) letIn(ctx context.Context) error {
	p.expect(dispatch.StatusOnSite)
	return p.do(ctx, dispatch.ActionEnter, "enter", p.enter())
}

// nobodyThere declares no access and decides what comes next.
func (p *player) nobodyThere(ctx context.Context, plan VisitPlan) (again bool, err error) {
	if plan.Silent {
		w := want{dispatch.CodeContactMissing, dispatch.RuleDoorContact}
		if err := p.refused(ctx, dispatch.ActionNoAccess, "no-access-silent", w, p.noAccess()); err != nil {
			return false, err
		}
		if err := p.do(ctx, dispatch.ActionContact, "call-at-door", p.call("no_answer")); err != nil {
			return false, err
		}
	}
	p.closedDoors++
	last := p.closedDoors >= p.std.MaxNoAccess
	p.expect(dispatch.StatusBooking)
	if last {
		p.expect(dispatch.StatusHeld)
	}
	if err := p.do(ctx, dispatch.ActionNoAccess, "no-access", p.noAccess()); err != nil {
		return false, err
	}
	if err := p.addPhoto(ctx, dispatch.PhotoVisitNote); err != nil {
		return false, err
	}
	if !last {
		if err := p.do(ctx, dispatch.ActionContact, "contact", p.call("reached")); err != nil {
			return false, err
		}
		return true, nil // NA-5
	}
	return p.decide(ctx)
}

// decide is the dispatcher's decision after the last no access (NA-6).
func (p *player) decide(ctx context.Context) (again bool, err error) {
	if err := p.idle(ctx, 15); err != nil {
		return false, err
	}
	switch {
	case p.plan.AtLimit == DecideAgain && p.closedDoors < 3:
		p.expect(dispatch.StatusBooking)
		return true, p.do(ctx, dispatch.ActionResume, "resume", p.resume())
	case p.plan.AtLimit == DecideHold:
		p.expect(dispatch.StatusHeld)
		return false, p.do(ctx, dispatch.ActionHold, "hold", p.hold("customer_absent", "the customer writes when back home"))
	default:
		p.expect(dispatch.StatusCancelled)
		c := dispatch.Cancel{By: dispatch.PartyCompany, Reason: "nobody at home again and again"}
		return false, p.do(ctx, dispatch.ActionCancel, "cancel", p.cancel(c))
	}
}
