package simulate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"sync"
	"time"

	"truckroll/dispatch"
	"truckroll/internal/apiclient"
)

// player acts for the people of one job, one after the other.
type player struct {
	*run

	plan  Plan
	story *Story
	now   dispatch.Receipt // the last answer
	names map[string]int   // commands of a name so far

	leave       func() // gives the installer free
	rerouted    bool   // the customer has moved it on the way
	closedDoors int
	photos      int
	lastPhoto   []byte

	alternatives []dispatch.Window // that came with the last refusal
}

// errOffScript ends a job's play: something was refused that should have been taken.
var errOffScript = errors.New("off the script")

// errNoTime ends a job's play where the day has no time left for it; nobody is to blame.
var errNoTime = errors.New("no time left")

// request sends one command of the job under an Idempotency-Key.
type request func(ctx context.Context, key string) (*http.Response, error)

// label names a command of the job, the same in every run of the same seed.
func (p *player) label(name string) string {
	p.names[name]++
	return fmt.Sprintf("%s/%d", name, p.names[name])
}

func (p *player) key(label string) string { return fmt.Sprintf("%s.%d.%s", p.id, p.plan.Index, label) }

// do sends a command that must be taken. The errors are errOffScript, and what [api.call]
// has none for.
func (p *player) do(ctx context.Context, action dispatch.Action, name string, req request) error {
	problem, err := p.try(ctx, action, name, req)
	if err != nil {
		return err
	}
	if problem != nil {
		p.story.Refusals[len(p.story.Refusals)-1].Wanted = false
		return fmt.Errorf("%w: %s: %w", errOffScript, name, &refusedError{*problem})
	}
	return nil
}

// refused sends a command that must be refused, for the code and rule given.
func (p *player) refused(ctx context.Context, action dispatch.Action, name string, w want, req request) error {
	problem, err := p.try(ctx, action, name, req)
	if err != nil {
		return err
	}
	if problem == nil {
		p.story.Refusals = append(p.story.Refusals, Refused{
			Label: name, Wanted: true, WantCode: w.code, WantRule: w.rule, Granted: true, At: time.Now(),
		})
		return fmt.Errorf("%w: %s was taken, not refused with %s %s", errOffScript, name, w.code, w.rule)
	}
	last := &p.story.Refusals[len(p.story.Refusals)-1]
	last.WantCode, last.WantRule = w.code, w.rule
	return nil
}

// try sends a command, or the same twice as was drawn, and keeps what came back. A problem
// is kept as wanted; the caller knows better.
func (p *player) try(ctx context.Context, action dispatch.Action, name string, req request) (*apiclient.Problem, error) {
	label := p.label(name)
	key := p.key(label)
	double := DrawDouble(p.opt.Seed, p.plan.Index, label)
	once := func() (answer, error) {
		return p.api.call(ctx, func(ctx context.Context) (*http.Response, error) { return req(ctx, key) })
	}
	var ans, other answer
	var err, otherErr error
	if double == DoubleTogether {
		var both sync.WaitGroup
		both.Go(func() { other, otherErr = once() })
		ans, err = once()
		both.Wait()
	} else {
		ans, err = once()
	}
	if err = errors.Join(err, otherErr); err != nil {
		p.story.Offended = append(p.story.Offended, fmt.Sprintf("%s: %v", label, err))
		return nil, err
	}
	if ans.problem != nil && double == DoubleTogether && other.problem == nil {
		ans, other = other, ans // one of the two was taken: that is the answer
	}
	if ans.problem != nil {
		p.story.Refusals = append(p.story.Refusals, Refused{Label: label, Wanted: true, Problem: *ans.problem, At: time.Now()})
		return ans.problem, nil
	}
	receipt, err := receiptOf(ans.body)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", label, err)
	}
	p.now = receipt
	p.story.Acks = append(p.story.Acks, Ack{Label: label, Key: key, Action: action, Receipt: receipt})
	p.progress.command()
	return nil, p.again(ctx, label, key, double, ans, other, once)
}

// again sends a taken command a second time where that was drawn, and notes whether the
// answer is the first one.
func (p *player) again(ctx context.Context, label, key string, double Double, first, other answer, once func() (answer, error)) error {
	var err error
	switch double {
	case DoubleNone:
		return nil
	case DoubleTogether: // sent already
	case DoubleLater:
		if other, err = once(); err != nil {
			return err
		}
	case DoubleReused:
		other, err = p.api.call(ctx, func(ctx context.Context) (*http.Response, error) {
			return p.api.RecordContact(ctx, p.story.Number, &apiclient.RecordContactParams{IdempotencyKey: key},
				dispatch.ContactAttempt{Channel: "inbound", Outcome: "busy", Note: "another request under a key that was used"})
		})
		if err != nil {
			return err
		}
		same := other.problem != nil && other.problem.Code == dispatch.CodeKeyReused && other.status == http.StatusUnprocessableEntity
		p.story.Repeated = append(p.story.Repeated, repeated(label, double, same, first, other))
		return nil
	}
	same := first.status == other.status && sameJSON(first.body, other.body)
	p.story.Repeated = append(p.story.Repeated, repeated(label, double, same, first, other))
	return nil
}

func repeated(label string, how Double, same bool, first, other answer) Repeated {
	r := Repeated{Label: label, How: how, Same: same}
	if !same {
		r.First, r.Other = fmt.Sprintf("%d %s", first.status, first.body), fmt.Sprintf("%d %s", other.status, other.body)
	}
	return r
}

// receiptOf reads a receipt, alone or with what it is the receipt for.
func receiptOf(body []byte) (dispatch.Receipt, error) {
	var r struct {
		dispatch.Receipt

		Wrapped *dispatch.Receipt `json:"receipt"`
	}
	if err := json.Unmarshal(body, &r); err != nil {
		return dispatch.Receipt{}, fmt.Errorf("reading the receipt: %w", err)
	}
	if r.Wrapped != nil {
		return *r.Wrapped, nil
	}
	return r.Receipt, nil
}

// sameJSON compares two bodies by content.
func sameJSON(a, b []byte) bool {
	var x, y any
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && reflect.DeepEqual(x, y)
}

// until waits for a moment.
func (p *player) until(ctx context.Context, t time.Time) error { return sleep(ctx, time.Until(t)) }

// idle waits some simulated minutes.
func (p *player) idle(ctx context.Context, minutes float64) error {
	return sleep(ctx, p.pace.minutes(minutes))
}
