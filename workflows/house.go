package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"truckroll/dispatch"
)

// Courier delivers messages for ever: one activity at a time that takes what is due from
// the outbox. It is a workflow and not a goroutine so that exactly one runs however many
// workers there are, so that ops see it, and so that another worker goes on within the
// heartbeat's time when one dies. One activity serves many messages, which keeps a message
// from costing an activity of its own.
func Courier(ctx workflow.Context) error {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: 15 * time.Minute, // the activity ends by itself after ten
		HeartbeatTimeout:    15 * time.Second,
		RetryPolicy:         &temporal.RetryPolicy{InitialInterval: time.Second, MaximumInterval: 30 * time.Second},
		Summary:             "messages that are due",
	})
	for !workflow.GetInfo(ctx).GetContinueAsNewSuggested() {
		if err := workflow.ExecuteActivity(ctx, dispatch.ActivityDeliver).Get(ctx, nil); err != nil {
			return err
		}
	}
	return workflow.NewContinueAsNewError(ctx, dispatch.CourierWorkflow)
}

// RetentionSweep deletes the files whose time is over. A Schedule runs it.
func RetentionSweep(ctx workflow.Context) error {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: 30 * time.Minute,
		HeartbeatTimeout:    time.Minute,
		RetryPolicy:         &temporal.RetryPolicy{MaximumAttempts: 3}, // the next run goes on
		Summary:             "files whose period is over",
	})
	return workflow.ExecuteActivity(ctx, dispatch.ActivityDeleteDue).Get(ctx, nil)
}

// IntakeSweep starts the jobs that are in the register and do not run: what a crash left
// between the two (IN-1). A Schedule runs it.
func IntakeSweep(ctx workflow.Context) (int, error) {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: time.Minute,
		RetryPolicy:         &temporal.RetryPolicy{MaximumAttempts: 3}, // the next run comes soon
		Summary:             "registered jobs that do not run",
	})
	var started int
	err := workflow.ExecuteActivity(ctx, dispatch.ActivityStartWaiting).Get(ctx, &started)
	return started, err
}
