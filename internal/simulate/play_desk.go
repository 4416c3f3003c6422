package simulate

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"truckroll/dispatch"
	"truckroll/internal/apiclient"
)

// leadMinutes is how far ahead the dispatcher books at least: time to dispatch and to drive.
const leadMinutes = 50

// offered is how many windows a customer chooses from.
const offered = 6

// agree books an appointment (AP-2): the time the customer asked for where it is free,
// otherwise the nearest window. Without any the job is given up, and the answer is false.
func (p *player) agree(ctx context.Context, visit int) (bool, error) {
	from := time.Now().Add(p.pace.minutes(leadMinutes))
	near := time.Time{}
	if visit == 0 && p.plan.Wish {
		near = *p.registered(p.plan).WishStart
		if near.Before(from) {
			near = from
		}
	}
	if visit == 0 && p.plan.Turn == TurnCompanyMoves {
		from = time.Now().Add(2*p.std.RescheduleNotice.D() + p.pace.minutes(30))
	}
	p.expect(dispatch.StatusScheduled)
	if !near.IsZero() && near.After(from) {
		if taken, err := p.tryBook(ctx, dispatch.Book{Start: near, Wish: true}); err != nil || taken {
			return taken, err
		}
	}
	for range 20 {
		windows, err := p.offers(ctx, from, near)
		if err != nil {
			return false, err
		}
		if len(windows) == 0 {
			p.expect(dispatch.StatusBooking)
			return false, p.giveUp(ctx)
		}
		w := windows[p.plan.Index%len(windows)] // not all customers choose the first one offered
		c := dispatch.Book{Start: w.Start, Wish: visit == 0 && p.plan.Wish}
		if !p.plan.ByServer {
			c.Installers = []string{w.Installer}
		}
		if taken, err := p.tryBook(ctx, c); err != nil || taken {
			return taken, err
		}
		from = laterOf(from, time.Now().Add(p.pace.minutes(leadMinutes)))
	}
	return false, p.giveUp(ctx)
}

func laterOf(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// tryBook books; false when the window was taken, or has passed, meanwhile, which is nobody's
// fault (AP-2).
func (p *player) tryBook(ctx context.Context, c dispatch.Book) (bool, error) {
	return p.tryWindow(ctx, dispatch.ActionBook, "book", p.book(c))
}

func (p *player) tryWindow(ctx context.Context, action dispatch.Action, name string, req request) (bool, error) {
	sent := time.Now()
	problem, err := p.try(ctx, action, name, req)
	if err != nil || problem == nil {
		return err == nil, err
	}
	last := &p.story.Refusals[len(p.story.Refusals)-1]
	last.WantCode, last.WantRule = problem.Code, dispatch.RuleCustomersTime
	if problem.Code == dispatch.CodeSlotTaken || problem.Code == dispatch.CodeInThePast {
		p.alternatives = problem.Alternatives
		return false, nil
	}
	// In time when it was sent, not any more when it was heard.
	if until := problem.AllowedUntil; problem.Code == dispatch.CodeNoticeTooShort && until.After(sent) && !until.After(time.Now()) {
		last.WantRule = dispatch.RuleCompanyNotice
		return false, nil
	}
	last.Wanted = false
	return false, fmt.Errorf("%w: %s: %w", errOffScript, name, &refusedError{*problem})
}

// offers are what the customer may choose from: the alternatives that came with a refusal,
// where there are any, otherwise what the API finds.
func (p *player) offers(ctx context.Context, from, near time.Time) ([]dispatch.Window, error) {
	left := slices.DeleteFunc(p.alternatives, func(w dispatch.Window) bool { return w.Start.Before(from) })
	p.alternatives = nil
	if len(left) > 0 {
		return left, nil
	}
	return p.windows(ctx, from, near)
}

// windows asks for free windows, those nearest to a wish first.
func (p *player) windows(ctx context.Context, from, near time.Time) ([]dispatch.Window, error) {
	to := p.began.Add(p.pace.real(p.day))
	if !from.Before(to) {
		return nil, nil
	}
	slots, err := get[apiclient.Slots](ctx, p.api, func(ctx context.Context) (*http.Response, error) {
		return p.api.FindSlots(ctx, p.story.Number, &apiclient.FindSlotsParams{From: from, To: to, Near: near, Limit: offered})
	})
	return slots.Windows, err
}

// turn is what comes between the agreement and the visit. GoesOn is false when the visit
// does not take place; again when another appointment is needed.
func (p *player) turn(ctx context.Context) (goesOn, again bool, err error) {
	if err := p.idle(ctx, 6); err != nil {
		return false, false, err
	}
	if p.plan.Stray == StrayBook {
		c := dispatch.Book{Start: p.now.Window.Start.Add(time.Hour), Installers: []string{p.now.Window.Installer}}
		if err := p.refused(ctx, dispatch.ActionBook, "stray-book", want{dispatch.CodeWrongStatus, ""}, p.book(c)); err != nil {
			return false, false, err
		}
	}
	switch p.plan.Turn {
	case TurnCustomerMoves:
		return true, false, p.moves(ctx, dispatch.PartyCustomer, "")
	case TurnCompanyMoves:
		return true, false, p.companyMovesInTime(ctx)
	case TurnCompanyLate, TurnCompanyGivesUp:
		return true, false, p.companyMovesLate(ctx)
	case TurnCustomerOff:
		p.expect(dispatch.StatusCancelled)
		return false, false, p.do(ctx, dispatch.ActionCancel, "cancel", p.cancel(dispatch.Cancel{By: dispatch.PartyCustomer}))
	case TurnCompanyOff:
		return false, false, p.companyCancels(ctx)
	case TurnHeld:
		return false, true, p.heldAndResumed(ctx)
	default:
		return true, false, nil
	}
}

// moves gives the appointment another free window; where there is none it stays.
func (p *player) moves(ctx context.Context, by dispatch.Party, override string) error {
	from := laterOf(p.now.Window.Start, time.Now().Add(p.pace.minutes(leadMinutes))).Add(p.pace.minutes(45))
	for range 5 {
		if by == dispatch.PartyCompany && override == "" && !p.noticeLeft() {
			p.story.skip("the notice ran out")
			return nil
		}
		windows, err := p.windows(ctx, from, time.Time{})
		if err != nil {
			return err
		}
		if len(windows) == 0 {
			p.story.skip("no window to move to")
			return nil
		}
		w := windows[p.plan.Index%len(windows)]
		c := dispatch.Move{Start: w.Start, Installers: []string{w.Installer}, By: by, Override: override}
		if by == dispatch.PartyCompany {
			c.Reason = "the installer fell ill"
		}
		p.expect(dispatch.StatusScheduled)
		if moved, err := p.tryWindow(ctx, dispatch.ActionMove, "move", p.move(c)); err != nil || moved {
			return err
		}
	}
	p.story.skip("every window to move to was taken")
	return nil
}
