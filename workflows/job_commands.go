package workflows

import (
	"errors"
	"fmt"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"truckroll/dispatch"
)

// handleCommands registers one Update per action, and one for batches, all with the same
// payload: the name is what ops read in the history. They are Updates and not Signals
// because somebody waits for the answer, and because a refused one leaves no trace.
func (r *jobRun) handleCommands(ctx workflow.Context) error {
	names := []string{dispatch.BatchUpdate}
	for _, a := range dispatch.Actions {
		if !a.Internal() {
			names = append(names, string(a))
		}
	}
	for _, name := range names {
		err := workflow.SetUpdateHandlerWithOptions(ctx, name, r.take, workflow.UpdateHandlerOptions{Validator: r.validate})
		if err != nil {
			return fmt.Errorf("handling %s: %w", name, err)
		}
	}
	return nil
}

// validate refuses, before anything is written, what the rules do not allow now.
func (r *jobRun) validate(ctx workflow.Context, req dispatch.Request) error {
	if hash, ok := r.seen[workflow.GetCurrentUpdateInfo(ctx).ID]; ok {
		if hash == req.Hash {
			return nil
		}
		return failure(dispatch.Refuse(dispatch.CodeKeyReused, "", "This Idempotency-Key came with another request. Use a new one."))
	}
	for _, c := range req.Commands {
		if c.Do.Internal() {
			return failure(dispatch.Refuse(dispatch.CodeForbidden, "", "The workflow does this by itself."))
		}
	}
	if req.BringsFacts() {
		return failure(dispatch.Refuse(dispatch.CodeForbidden, dispatch.RulePhotos, "What is on a photo is measured here: send it without facts."))
	}
	if _, err := dispatch.Do(&r.in.Standard, r.job, req, workflow.Now(ctx)); err != nil {
		return failure(err)
	}
	return nil
}

// take runs a command that was found valid. The update id is the caller's Idempotency-Key.
func (r *jobRun) take(ctx workflow.Context, req dispatch.Request) (dispatch.Receipt, error) {
	key := workflow.GetCurrentUpdateInfo(ctx).ID
	ctx, _ = workflow.NewDisconnectedContext(ctx) // what was taken is finished, come what may
	ctx = workflow.WithLocalActivityOptions(ctx, commitOptions)
	if _, ok := r.seen[key]; ok {
		// The server forgot this key when the workflow continued as new.
		var receipt dispatch.Receipt
		err := workflow.ExecuteLocalActivity(ctx, dispatch.ActivityRecall, r.job.Number, key).Get(ctx, &receipt)
		return receipt, err
	}
	examined, err := r.examine(ctx, req)
	if err != nil {
		return dispatch.Receipt{}, failure(err)
	}
	receipt, err := r.run(ctx, key, examined)
	if err != nil {
		return receipt, failure(err)
	}
	return receipt, nil
}

// run takes the job through a request and commits the outcome: first an installer's time
// where one is needed, then the decision, then Postgres, then the workflow's own state.
// All of it happens in one workflow task.
func (r *jobRun) run(ctx workflow.Context, key string, req dispatch.Request) (dispatch.Receipt, error) {
	if err := r.turn.Lock(ctx); err != nil {
		return dispatch.Receipt{}, err
	}
	defer r.turn.Unlock()
	receipt, err := r.runLocked(ctx, key, req)
	if err != nil {
		r.noteRefused(ctx, key, req, err)
	}
	return receipt, err
}

func (r *jobRun) runLocked(ctx workflow.Context, key string, req dispatch.Request) (dispatch.Receipt, error) {
	std := &r.in.Standard
	outcome, err := dispatch.Do(std, r.job, req, workflow.Now(ctx))
	if err != nil {
		return dispatch.Receipt{}, err // it waited for its turn, and the job has moved on
	}
	if wanted, ok := req.Reserves(std, &r.job, key); ok {
		var got dispatch.Reserved
		if err := workflow.ExecuteLocalActivity(ctx, dispatch.ActivityReserve, wanted).Get(ctx, &got); err != nil {
			return dispatch.Receipt{}, err
		}
		if got.Refusal != nil {
			return dispatch.Receipt{}, got.Refusal
		}
		if req, err = req.Narrow(got.Window.Installer); err != nil {
			return dispatch.Receipt{}, err
		}
		if outcome, err = dispatch.Do(std, r.job, req, workflow.Now(ctx)); err != nil {
			return dispatch.Receipt{}, err
		}
	}
	commit := dispatch.NewCommit(std, key, req.Hash, outcome)
	if err := workflow.ExecuteLocalActivity(summarised(ctx, outcome), dispatch.ActivityCommit, commit).Get(ctx, nil); err != nil {
		return dispatch.Receipt{}, err
	}
	r.job = outcome.Job
	r.seen[key] = req.Hash
	r.syncClocks(ctx)
	r.syncDocuments()
	r.showAttributes(ctx)
	r.describe(ctx)
	return commit.Receipt, nil
}

// failure makes a refusal cross Temporal with its code as the type and itself as detail.
// Benign: a refusal is an answer, not a fault of the system.
func failure(err error) error {
	var refusal *dispatch.Refusal
	if !errors.As(err, &refusal) {
		return err
	}
	return temporal.NewApplicationErrorWithOptions(refusal.Message, string(refusal.Code), temporal.ApplicationErrorOptions{
		NonRetryable: true, Details: []any{*refusal}, Category: temporal.ApplicationErrorCategoryBenign,
	})
}
