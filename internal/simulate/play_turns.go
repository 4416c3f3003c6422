package simulate

import (
	"context"
	"time"

	"truckroll/dispatch"
)

// companyMovesInTime moves with more than the notice to go (AP-6).
func (p *player) companyMovesInTime(ctx context.Context) error {
	return p.moves(ctx, dispatch.PartyCompany, "")
}

// noticeLeft reports whether the company may still move the appointment without a breach.
func (p *player) noticeLeft() bool {
	return time.Until(p.now.Window.Start) > p.std.RescheduleNotice.D()+p.pace.minutes(10)
}

// companyMovesLate asks with less than the notice to go, is refused (AP-6), and then
// overrides it with a reason or leaves the appointment as it is.
func (p *player) companyMovesLate(ctx context.Context) error {
	if ok, err := p.insideNotice(ctx); err != nil || !ok {
		return err
	}
	w := *p.now.Window
	c := dispatch.Move{
		Start: w.Start.Add(p.pace.minutes(120)), Installers: []string{w.Installer}, By: dispatch.PartyCompany, Reason: "the installer fell ill",
	}
	err := p.refused(ctx, dispatch.ActionMove, "move-late", want{dispatch.CodeNoticeTooShort, dispatch.RuleCompanyNotice}, p.move(c))
	if err != nil || p.plan.Turn == TurnCompanyGivesUp {
		return err
	}
	return p.moves(ctx, dispatch.PartyCompany, "no other installer holds the certificate")
}

// insideNotice waits until less than the notice is left; false when it is too late for
// anything but the visit.
func (p *player) insideNotice(ctx context.Context) (bool, error) {
	start := p.now.Window.Start
	at := start.Add(-p.std.RescheduleNotice.D()).Add(p.pace.minutes(30))
	if err := p.until(ctx, at); err != nil {
		return false, err
	}
	if time.Until(start) < p.pace.minutes(20) {
		p.story.skip("too close to the visit")
		return false, nil
	}
	return true, nil
}

// companyCancels asks with too little notice, is refused, and overrides it (AP-6).
func (p *player) companyCancels(ctx context.Context) error {
	c := dispatch.Cancel{By: dispatch.PartyCompany, Reason: "the area is being rebuilt"}
	if ok, err := p.insideNotice(ctx); err != nil {
		return err
	} else if ok {
		err := p.refused(ctx, dispatch.ActionCancel, "cancel-late", want{dispatch.CodeNoticeTooShort, dispatch.RuleCompanyNotice}, p.cancel(c))
		if err != nil {
			return err
		}
	}
	c.Override = "there is no line to connect to"
	p.expect(dispatch.StatusCancelled)
	return p.do(ctx, dispatch.ActionCancel, "cancel", p.cancel(c))
}

// heldAndResumed stops the job for a while; while it is held nobody books (NA-6).
func (p *player) heldAndResumed(ctx context.Context) error {
	reason := "landlord_consent"
	if p.plan.Index%2 == 0 {
		reason = "customer_not_ready" // the completion clock stops (VI-15)
	}
	w := *p.now.Window
	p.expect(dispatch.StatusHeld)
	if err := p.do(ctx, dispatch.ActionHold, "hold", p.hold(reason, "call again this afternoon")); err != nil {
		return err
	}
	c := dispatch.Book{Start: w.Start.Add(p.pace.minutes(600)), Installers: []string{w.Installer}}
	err := p.refused(ctx, dispatch.ActionBook, "book-held", want{dispatch.CodeDecisionDue, dispatch.RuleNoAccessLimit}, p.book(c))
	if err != nil {
		return err
	}
	if err := p.idle(ctx, 40); err != nil {
		return err
	}
	p.expect(dispatch.StatusBooking)
	return p.do(ctx, dispatch.ActionResume, "resume", p.resume())
}

// customerMovesEnRoute: once the installer has set out the customer has to call (AP-7).
func (p *player) customerMovesEnRoute(ctx context.Context) (moved bool, err error) {
	windows, err := p.windows(ctx, time.Now().Add(p.pace.minutes(leadMinutes+60)), time.Time{})
	if err != nil {
		return false, err
	}
	if len(windows) == 0 {
		p.story.skip("no window to move to")
		return false, nil
	}
	c := dispatch.Move{Start: windows[0].Start, Installers: []string{windows[0].Installer}, By: dispatch.PartyCustomer}
	err = p.refused(ctx, dispatch.ActionMove, "move-en-route", want{dispatch.CodeCallDispatcher, dispatch.RuleCustomerMoves}, p.move(c))
	if err != nil {
		return false, err
	}
	c.ByPhone = true
	p.expect(dispatch.StatusScheduled)
	moved, err = p.tryWindow(ctx, dispatch.ActionMove, "move", p.move(c))
	if !moved && err == nil {
		p.story.skip("the window to move to was taken")
		p.expect(dispatch.StatusEnRoute)
	}
	return moved, err
}
