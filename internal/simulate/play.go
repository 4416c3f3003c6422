package simulate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"truckroll/dispatch"
	"truckroll/internal/apiclient"
)

// play takes one job from the request to its end.
func (p *player) play(ctx context.Context) error {
	if err := p.until(ctx, p.began.Add(p.pace.real(p.plan.Opens))); err != nil {
		return err
	}
	if err := p.register(ctx); err != nil {
		return err
	}
	if p.plan.Stray == StrayComplete {
		if err := p.refused(ctx, dispatch.ActionComplete, "stray-complete", want{dispatch.CodeWrongStatus, ""}, p.complete()); err != nil {
			return err
		}
	}
	if err := p.reach(ctx); err != nil {
		return err
	}
	for visit := 0; ; visit++ {
		again, err := p.round(ctx, visit)
		if err != nil || !again {
			return err
		}
	}
}

// round is an appointment with what becomes of it. Again means that another one is needed.
func (p *player) round(ctx context.Context, visit int) (again bool, err error) {
	if visit > maxRounds {
		return false, p.giveUp(ctx)
	}
	if booked, err := p.agree(ctx, visit); err != nil || !booked {
		return false, err
	}
	if visit == 0 {
		if goesOn, again, err := p.turn(ctx); err != nil || !goesOn {
			return again, err
		}
	}
	met, again, err := p.goThere(ctx, visit)
	if err != nil || !met {
		return again, err
	}
	done, again, err := p.work(ctx, visit)
	if err != nil || !done {
		return again, err
	}
	return false, p.afterwards(ctx)
}

// maxRounds bounds the appointments of one job: the plan asks for four at most.
const maxRounds = 5

// register registers the request (IN-1), now and then twice.
func (p *player) register(ctx context.Context) error {
	intake := p.registered(p.plan)
	send := func(key string) (answer, apiclient.Registered, error) {
		ans, err := p.api.call(ctx, func(ctx context.Context) (*http.Response, error) {
			return p.api.RegisterJob(ctx, &apiclient.RegisterJobParams{IdempotencyKey: key}, intake)
		})
		if err != nil {
			return ans, apiclient.Registered{}, err
		}
		if ans.problem != nil {
			p.story.Refusals = append(p.story.Refusals, Refused{Label: "register", Problem: *ans.problem})
			return ans, apiclient.Registered{}, fmt.Errorf("%w: register: %w", errOffScript, &refusedError{*ans.problem})
		}
		var reg apiclient.Registered
		err = json.Unmarshal(ans.body, &reg)
		return ans, reg, err
	}
	key := p.key("register")
	first, reg, err := send(key)
	if err != nil {
		return err
	}
	p.story.Number = reg.Number
	p.expect(dispatch.StatusReceived)
	p.progress.command()
	double := DrawDouble(p.opt.Seed, p.plan.Index, "register")
	if double == DoubleNone {
		return nil
	}
	if double == DoubleReused { // another key, the same order: the same job (IN-1)
		key = p.key("register-again")
	}
	other, reg2, err := send(key)
	if err != nil {
		return err
	}
	same := reg2.Number == reg.Number && (double != DoubleReused || !reg2.Created)
	p.story.Repeated = append(p.story.Repeated, repeated("register", double, same, first, other))
	return nil
}

// expect says where the job may stand if nothing more happens.
func (p *player) expect(s ...dispatch.Status) { p.story.Expected = s }

// reach contacts the customer (AP-1).
func (p *player) reach(ctx context.Context) error {
	wait := p.pace.real(p.plan.Contact.After)
	within := p.std.ContactWithin[p.plan.Intake.Kind].D()
	if p.plan.Contact.TooLate {
		wait = within + p.pace.minutes(20)
	}
	if err := sleep(ctx, wait); err != nil {
		return err
	}
	for range p.plan.Contact.InVain {
		if err := p.do(ctx, dispatch.ActionContact, "contact", p.call("no_answer")); err != nil {
			return err
		}
		if err := p.idle(ctx, 5); err != nil {
			return err
		}
	}
	p.expect(dispatch.StatusBooking)
	return p.do(ctx, dispatch.ActionContact, "contact", p.call("reached"))
}

// giveUp cancels a job for which there is no time left in the day.
func (p *player) giveUp(ctx context.Context) error {
	p.story.skip("no window left in the day")
	p.expect(dispatch.StatusCancelled)
	c := dispatch.Cancel{By: dispatch.PartyCompany, Reason: "no capacity in the simulated day"}
	return p.do(ctx, dispatch.ActionCancel, "cancel", p.cancel(c))
}

// offScript reports whether a play ended because of what the system answered.
func offScript(err error) bool { return errors.Is(err, errOffScript) }
