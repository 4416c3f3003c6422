package workflows

import (
	"fmt"
	"slices"

	"go.temporal.io/sdk/workflow"

	"truckroll/dispatch"
)

// runningClock is a deadline with the timer that keeps it.
type runningClock struct {
	dispatch.Clock

	cancel workflow.CancelFunc
}

// syncClocks starts the clocks that the job needs now and has not, and stops those it no
// longer needs. Called after every change; a deadline that moved has a new key, so moving
// is stopping and starting.
func (r *jobRun) syncClocks(ctx workflow.Context) {
	wanted := dispatch.Clocks(&r.in.Standard, &r.job)
	r.clocks = slices.DeleteFunc(r.clocks, func(c runningClock) bool {
		if slices.ContainsFunc(wanted, func(w dispatch.Clock) bool { return w.Key == c.Key }) {
			return false
		}
		c.cancel()
		return true
	})
	for _, w := range wanted {
		if !slices.ContainsFunc(r.clocks, func(c runningClock) bool { return c.Key == w.Key }) {
			r.startClock(ctx, w)
		}
	}
}

// startClock keeps a deadline as a durable timer whose summary says, in the Temporal UI,
// which rule it serves and what happens then.
func (r *jobRun) startClock(ctx workflow.Context, c dispatch.Clock) {
	timerCtx, cancel := workflow.WithCancel(r.root)
	r.clocks = append(r.clocks, runningClock{c, cancel})
	timer := workflow.NewTimerWithOptions(timerCtx, c.At.Sub(workflow.Now(ctx)), workflow.TimerOptions{
		Summary: fmt.Sprintf("%s at %s: %s", c.Rule, r.clockTime(c.At), c.Says),
	})
	workflow.Go(r.root, func(ctx workflow.Context) {
		if timer.Get(ctx, nil) != nil {
			return // stopped
		}
		r.atWork++
		defer func() { r.atWork-- }()
		r.fire(ctx, c)
	})
}

// fire does what a deadline leads to. What it does may depend on how the installer's day
// goes, which other jobs know: then that is looked up first.
func (r *jobRun) fire(ctx workflow.Context, c dispatch.Clock) {
	if r.turn.Lock(ctx) != nil {
		return
	}
	defer r.turn.Unlock()
	if !slices.ContainsFunc(r.clocks, func(k runningClock) bool { return k.Key == c.Key }) {
		return // a command that came in the same moment stopped it
	}
	fired := dispatch.ClockFired{Key: c.Key}
	if c.NeedsProjection() {
		fired.Projection = &dispatch.Projection{}
		err := workflow.ExecuteLocalActivity(ctx, dispatch.ActivityProject, r.job.Number).Get(ctx, fired.Projection)
		if err != nil {
			fired.Projection = nil
		}
	}
	actor := dispatch.Actor{Role: dispatch.RoleSystem, ID: string(c.Rule)}
	req, err := dispatch.NewRequest(actor, dispatch.Timed{Command: &fired})
	if err == nil {
		_, err = r.runLocked(ctx, "clock/"+c.Key, req)
	}
	if err != nil {
		workflow.GetLogger(ctx).Error("clock not taken", "job", r.job.Number, "clock", c.Key, "error", err)
	}
}
