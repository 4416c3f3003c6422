// Package worker assembles the process that runs truckroll's workflows and activities.
package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"truckroll/activities"
	"truckroll/dispatch"
	"truckroll/workflows"
)

// Store is what the worker needs of Postgres.
type Store interface {
	activities.RecordStore
	activities.Outbox
	activities.Register
}

// Deps is what a worker is made of.
type Deps struct {
	Client client.Client
	Store  Store
	// Start starts a job's workflow; see activities.Intake.
	Start  func(ctx context.Context, in dispatch.JobInput) error
	Sender activities.Sender
	// PublicURL is where customers reach the API, without a slash at the end.
	PublicURL string
	Photos    *activities.Photos
	Documents *activities.Documents
	Retention *activities.Retention
	Log       *slog.Logger
	// Observe is told of every outcome that was committed, for metrics; may be nil.
	Observe func(dispatch.Commit)
	// BuildID turns on worker versioning: jobs stay with the build they began on, or move
	// with it, as the deployment says. Empty: unversioned, for development.
	BuildID string
}

// drain is how long a worker that is told to stop finishes what it has begun. Keep the
// supervisor's grace period above it.
const drain = 20 * time.Second

// New assembles a worker; Start or Run it.
func New(d Deps) worker.Worker {
	wake := make(chan struct{}, 1)
	records := &activities.Records{Store: d.Store, Observe: func(c dispatch.Commit) {
		if len(c.Outcome.Messages) > 0 {
			select {
			case wake <- struct{}{}:
			default:
			}
		}
		if d.Observe != nil {
			d.Observe(c)
		}
	}}
	courier := &activities.Courier{Outbox: d.Store, Sender: d.Sender, Log: d.Log, Wake: wake, PublicURL: d.PublicURL}
	intake := &activities.Intake{Register: d.Store, Start: d.Start}

	w := worker.New(d.Client, dispatch.TaskQueue, options(d))
	w.RegisterWorkflowWithOptions(workflows.Job, workflow.RegisterOptions{Name: dispatch.JobWorkflow})
	w.RegisterWorkflowWithOptions(workflows.Courier, workflow.RegisterOptions{Name: dispatch.CourierWorkflow})
	w.RegisterWorkflowWithOptions(workflows.RetentionSweep, workflow.RegisterOptions{Name: dispatch.RetentionFlow})
	w.RegisterWorkflowWithOptions(workflows.IntakeSweep, workflow.RegisterOptions{Name: dispatch.SweepWorkflow})
	for name, fn := range map[string]any{
		dispatch.ActivityCommit:       records.Commit,
		dispatch.ActivityRecall:       records.Recall,
		dispatch.ActivityReserve:      records.Reserve,
		dispatch.ActivityProject:      records.Project,
		dispatch.ActivityDeliver:      courier.Deliver,
		dispatch.ActivityStartWaiting: intake.StartWaiting,
		dispatch.ActivityDeleteDue:    d.Retention.Sweep,
		dispatch.ActivityInspectPhoto: d.Photos.Inspect,
		dispatch.ActivityProofForm:    d.Documents.Proof,
		dispatch.ActivitySealDocument: d.Documents.Seal,
	} {
		w.RegisterActivityWithOptions(fn, activity.RegisterOptions{Name: name})
	}
	return w
}

func options(d Deps) worker.Options {
	o := worker.Options{
		WorkerStopTimeout: drain,
		// A workflow task here is a few milliseconds of thinking and one transaction:
		// more of them at once than Postgres has connections would only wait there.
		MaxConcurrentWorkflowTaskExecutionSize:  200,
		MaxConcurrentLocalActivityExecutionSize: 200,
		// Two of the activities run for minutes; the rest of the slots are head room.
		MaxConcurrentActivityExecutionSize: 50,
		// Eight, shared by the queue of new jobs and the one of jobs that this worker knows: with two,
		// the default, new jobs starve behind those that run. Autoscaled pollers were no better in
		// simulated days.
		MaxConcurrentWorkflowTaskPollers: 8,
		// Work that can neither be replayed nor skipped must stop and be seen: blocking
		// keeps the job whole until a fixed build comes (alert on
		// temporal_workflow_task_execution_failed).
		WorkflowPanicPolicy: worker.BlockWorkflow,
	}
	if d.BuildID != "" {
		o.DeploymentOptions = worker.DeploymentOptions{
			UseVersioning: true,
			Version:       worker.WorkerDeploymentVersion{DeploymentName: "truckroll", BuildID: d.BuildID},
			// A job lives for days and must get fixes: it moves to the next build, whose
			// code is replay-tested against every stored history.
			DefaultVersioningBehavior: workflow.VersioningBehaviorAutoUpgrade,
		}
	}
	return o
}

// sweepEvery is how long a job may be left behind in the register before somebody looks.
const sweepEvery = time.Minute

// retentionEvery is how often files are looked through whose time may be over.
const retentionEvery = time.Hour

// KeepHouse makes sure that the courier runs and the intake is swept. Every worker calls it
// when it starts; only the first finds something to do. A Temporal that is away at that
// moment must not end the worker: it tries until it succeeds or ctx ends.
func KeepHouse(ctx context.Context, c client.Client, log *slog.Logger) {
	for wait := time.Second; ; wait = min(2*wait, time.Minute) {
		err := housekeeping(ctx, c)
		if err == nil || ctx.Err() != nil {
			return
		}
		log.WarnContext(ctx, "housekeeping not started yet", "error", err, "again_in", wait)
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
	}
}

func housekeeping(ctx context.Context, c client.Client) error {
	_, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID: "courier", TaskQueue: dispatch.TaskQueue,
		WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		StaticSummary:            "sends the messages that are due",
	}, dispatch.CourierWorkflow)
	if err != nil {
		return fmt.Errorf("starting the courier: %w", err)
	}
	err = schedule(ctx, c, "intake-sweep", dispatch.SweepWorkflow, sweepEvery, "starts registered jobs that do not run")
	if err != nil {
		return err
	}
	return schedule(ctx, c, "retention-sweep", dispatch.RetentionFlow, retentionEvery, "deletes files whose period is over")
}

// schedule runs a workflow again and again; one that is there already stays as it is.
func schedule(ctx context.Context, c client.Client, id, flow string, every time.Duration, summary string) error {
	_, err := c.ScheduleClient().Create(ctx, client.ScheduleOptions{
		ID:      id,
		Spec:    client.ScheduleSpec{Intervals: []client.ScheduleIntervalSpec{{Every: every}}},
		Overlap: enumspb.SCHEDULE_OVERLAP_POLICY_SKIP,
		// A sweep looks at what is there now: one that was missed need not be made up for.
		CatchupWindow: time.Minute,
		Action:        &client.ScheduleWorkflowAction{ID: id, Workflow: flow, TaskQueue: dispatch.TaskQueue, StaticSummary: summary},
	})
	var exists *serviceerror.WorkflowExecutionAlreadyStarted
	if err != nil && !errors.Is(err, temporal.ErrScheduleAlreadyRunning) && !errors.As(err, &exists) {
		return fmt.Errorf("scheduling %s: %w", id, err)
	}
	return nil
}
