package workflows

import (
	"maps"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"truckroll/dispatch"
)

// Job is the whole life of one job, from registration to its end. It waits for commands,
// which come as Updates, and for its clocks; dispatch decides what either leads to.
func Job(ctx workflow.Context, in dispatch.JobInput) error {
	r, err := newJobRun(ctx, in)
	if err != nil {
		return err
	}
	workflow.Go(ctx, r.obeyCancel)
	err = workflow.Await(r.root, func() bool {
		return r.job.Status.Ended() || r.continueDue()
	})
	if err != nil {
		return err
	}
	// A handler that is still at work holds an answer somebody waits for.
	err = workflow.Await(r.root, func() bool { return workflow.AllHandlersFinished(r.root) && r.atWork == 0 })
	if err != nil {
		return err
	}
	if r.job.Status.Ended() {
		return nil
	}
	r.in.Job, r.in.Seen = r.job, r.seen
	return workflow.NewContinueAsNewError(ctx, dispatch.JobWorkflow, r.in)
}

// jobRun is one run of a job's workflow. All that must survive it is in the input it would
// continue with: the job and the keys it has seen.
type jobRun struct {
	in     dispatch.JobInput
	root   workflow.Context // not cancelled when ops cancel the workflow: see obeyCancel
	turn   workflow.Mutex   // one command at a time, from reading the job to committing it
	job    dispatch.Job
	seen   map[string]string
	clocks []runningClock
	shown  attributes
	making []string // numbers of the documents that are being made, or were
	atWork int      // clocks that fired, and documents that are made, and are not committed yet
}

func newJobRun(ctx workflow.Context, in dispatch.JobInput) (*jobRun, error) {
	root, _ := workflow.NewDisconnectedContext(ctx)
	r := &jobRun{
		in: in, job: in.Job, seen: maps.Clone(in.Seen), turn: workflow.NewMutex(ctx),
		root: workflow.WithLocalActivityOptions(root, commitOptions), shown: attributesOf(&in.Job),
	}
	if r.seen == nil {
		r.seen = map[string]string{}
	}
	if err := r.handleCommands(ctx); err != nil {
		return nil, err
	}
	if err := workflow.SetQueryHandler(ctx, dispatch.StateQuery, func() (dispatch.Job, error) { return r.job, nil }); err != nil {
		return nil, err
	}
	r.syncClocks(ctx)
	r.syncDocuments()
	r.describe(ctx)
	return r, nil
}

// commitOptions are for the local activities: against Postgres, idempotent, tried until
// they succeed. A job must not forget a command because the database was away, so there
// is no limit worth the name; the interval keeps a long outage from becoming a hammering.
// ScheduleToClose must be said: for local activities it defaults to StartToClose, and an
// outage of ten seconds would then fail the command.
var commitOptions = workflow.LocalActivityOptions{
	StartToCloseTimeout:    10 * time.Second,
	ScheduleToCloseTimeout: 365 * 24 * time.Hour,
	RetryPolicy: &temporal.RetryPolicy{
		InitialInterval: 100 * time.Millisecond, BackoffCoefficient: 2, MaximumInterval: 5 * time.Second,
	},
}

// continueDue reports whether the history has grown so long that the job should go on in
// a fresh run.
func (r *jobRun) continueDue() bool {
	info := workflow.GetInfo(r.root)
	if r.in.MaxEvents > 0 && info.GetCurrentHistoryLength() > r.in.MaxEvents {
		return true
	}
	return info.GetContinueAsNewSuggested()
}

// obeyCancel turns a cancellation of the workflow, which ops can ask for in the Temporal
// UI, into the cancellation of the job, under the rules of one. Where the rules refuse it
// (work has begun on site) the job goes on.
func (r *jobRun) obeyCancel(ctx workflow.Context) {
	ctx.Done().Receive(ctx, nil)
	ctx, _ = workflow.NewDisconnectedContext(ctx)
	ctx = workflow.WithLocalActivityOptions(ctx, commitOptions)
	req, err := dispatch.NewRequest(
		dispatch.Actor{Role: dispatch.RoleOps, ID: "temporal"},
		dispatch.Timed{Command: &dispatch.Cancel{
			By: dispatch.PartyCompany, Reason: "cancelled by operations", Override: "cancelled by operations",
		}},
	)
	if err != nil {
		return
	}
	r.atWork++
	defer func() { r.atWork-- }()
	if _, err := r.run(ctx, "ops/cancel", req); err != nil {
		workflow.GetLogger(ctx).Warn("cancellation refused", "job", r.job.Number, "error", err)
	}
}
