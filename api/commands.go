package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"truckroll/dispatch"
	"truckroll/internal/postgres"
	"truckroll/internal/temporalclient"
)

// endedUnderUpdate is the failure type Temporal gives an update that was taken by a
// workflow which then ended.
const endedUnderUpdate = "AcceptedUpdateCompletedWorkflow"

// errNotRunning means that no workflow took the command; it has had no effect.
var errNotRunning = errors.New("the job's workflow does not run")

// command runs one command on a job. DeviceAt is zero when no device's clock was given.
func (s *server) command(ctx context.Context, number, key string, deviceAt time.Time, c dispatch.Command) (dispatch.Receipt, error) {
	if err := s.mayTouch(ctx, number); err != nil {
		return dispatch.Receipt{}, err
	}
	req, err := dispatch.NewRequest(caller(ctx).Actor, timed(c, deviceAt))
	if err != nil {
		return dispatch.Receipt{}, err
	}
	return s.send(ctx, number, key, req)
}

func timed(c dispatch.Command, deviceAt time.Time) dispatch.Timed {
	t := dispatch.Timed{Command: c}
	if !deviceAt.IsZero() {
		t.DeviceAt = &deviceAt
	}
	return t
}

// mayTouch refuses numbers that nobody ever gave out and, to those who work for some
// territories only, the jobs of others. The domain keeps installers to their own visits.
func (s *server) mayTouch(ctx context.Context, number string) error {
	if !dispatch.ValidServiceNumber(number) {
		return noSuchJob(number)
	}
	if len(caller(ctx).Territories) == 0 {
		return nil
	}
	rec, err := s.store.Job(ctx, number)
	if err != nil {
		return err
	}
	return caller(ctx).mayServe(rec.Job.Territory)
}

func noSuchJob(number string) *dispatch.Refusal {
	r := dispatch.Refuse(dispatch.CodeNotFound, "", "There is no job %s.", number)
	if !dispatch.ValidServiceNumber(number) {
		r.Message = "There is no such service number: its check digit is wrong. Was it misheard?"
	}
	r.Field = "number"
	return r
}

// send carries a request to the job's workflow as an Update whose id is the
// Idempotency-Key, and waits until it is done. Whatever happens on the way, the same key
// may be sent again and gets the first answer.
func (s *server) send(ctx context.Context, number, key string, req dispatch.Request) (dispatch.Receipt, error) {
	release, err := s.inFlight.acquire(ctx, number)
	if err != nil {
		return dispatch.Receipt{}, err
	}
	defer release()
	receipt, err := s.update(ctx, number, key, req)
	if errors.Is(err, errNotRunning) {
		var done bool
		if receipt, done, err = s.revive(ctx, number, key); err == nil && !done {
			receipt, err = s.update(ctx, number, key, req)
		}
		if errors.Is(err, errNotRunning) {
			// In the register, not ended, and its one workflow is over: somebody terminated it.
			s.log.LogAttrs(ctx, slog.LevelError, "job without a workflow", slog.String("number", number))
			err = dispatch.Refuse(dispatch.CodeWorkflowGone, "",
				"The job's process is not running; ops have been told. Send the same request again later.")
		}
	}
	if err != nil {
		return dispatch.Receipt{}, err
	}
	return answer(receipt, req)
}

// answer checks that a receipt is for this request and takes the hash off it. Temporal
// answers an Update id that it knows with the first result, whatever is asked this time.
func answer(receipt dispatch.Receipt, req dispatch.Request) (dispatch.Receipt, error) {
	if receipt.Hash != req.Hash {
		r := dispatch.Refuse(dispatch.CodeKeyReused, "", "This Idempotency-Key was used for another command on this job. Make a new one.")
		r.Field = "Idempotency-Key"
		return dispatch.Receipt{}, r
	}
	receipt.Hash = ""
	return receipt, nil
}

// update sends the Update once. The error is a [*dispatch.Refusal], errNotRunning, or
// something unforeseen.
func (s *server) update(ctx context.Context, number, key string, req dispatch.Request) (dispatch.Receipt, error) {
	var receipt dispatch.Receipt
	handle, err := s.temporal.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
		WorkflowID:   dispatch.WorkflowID(number),
		UpdateName:   req.Name(),
		UpdateID:     key,
		Args:         []any{req},
		WaitForStage: client.WorkflowUpdateStageCompleted,
	})
	if err == nil {
		err = handle.Get(ctx, &receipt)
	}
	if err != nil {
		return receipt, fromTemporal(ctx, err)
	}
	return receipt, nil
}

// fromTemporal says what an Update's error means to the caller.
func fromTemporal(ctx context.Context, err error) error {
	var (
		app         *temporal.ApplicationError
		notFound    *serviceerror.NotFound
		timeout     *client.WorkflowUpdateServiceTimeoutOrCanceledError
		exhausted   *serviceerror.ResourceExhausted
		unavailable *serviceerror.Unavailable
		notReady    *serviceerror.WorkflowNotReady
		deadline    *serviceerror.DeadlineExceeded
		canceled    *serviceerror.Canceled
		aborted     *serviceerror.Aborted
	)
	switch {
	case errors.As(err, &app):
		return fromFailure(app)
	case errors.As(err, &notFound):
		return errNotRunning
	case errors.As(err, &exhausted):
		return dispatch.Refuse(dispatch.CodeBusy, "", "Too much is going on. Send it again in a moment with the same Idempotency-Key.")
	case ctx.Err() != nil, errors.As(err, &timeout), errors.As(err, &unavailable), errors.As(err, &deadline),
		errors.As(err, &canceled), errors.As(err, &aborted), errors.As(err, &notReady):
		return unknownOutcome(err)
	default:
		return fmt.Errorf("updating the workflow: %w", err)
	}
}

// fromFailure takes the refusal out of the failure that carried it here.
func fromFailure(app *temporal.ApplicationError) error {
	if app.Type() == endedUnderUpdate {
		return errNotRunning
	}
	code := dispatch.Code(app.Type())
	if _, ok := dispatch.Codes[code]; !ok {
		return fmt.Errorf("the workflow failed the command: %w", app)
	}
	refusal := dispatch.Refuse(code, "", "%s", app.Message())
	if app.HasDetails() {
		var r dispatch.Refusal
		if err := app.Details(&r); err != nil {
			return fmt.Errorf("reading the refusal %s: %w", code, err)
		}
		r.Code = code
		refusal = &r
	}
	return refusal
}

// unknownOutcome is a refusal that keeps its cause for the log.
func unknownOutcome(cause error) error { return fmt.Errorf("%w: %w", unavailable(), cause) }

// revive finds out why no workflow takes commands. A command that was taken before gets its
// first answer (done); a job that has ended says so; one that was registered and never
// started is started, and then the command may be sent again.
func (s *server) revive(ctx context.Context, number, key string) (receipt dispatch.Receipt, done bool, err error) {
	if receipt, done, err = s.store.Recall(ctx, number, key); err != nil || done {
		return receipt, done, err
	}
	rec, err := s.store.Job(ctx, number)
	if err != nil {
		return receipt, false, err
	}
	if rec.Job.Status.Ended() {
		return receipt, false, ended(rec)
	}
	return receipt, false, s.start(ctx, rec.Job)
}

func ended(rec postgres.Record) *dispatch.Refusal {
	return dispatch.Refuse(dispatch.CodeEnded, dispatch.RuleNothingSilent, "The job is %s. Open a new one.", rec.Job.Status)
}

// start starts a registered job's workflow, unless it was started before.
func (s *server) start(ctx context.Context, job dispatch.Job) error {
	std, err := s.store.Standard(ctx, job.Standard)
	if err != nil {
		return err
	}
	if _, err := temporalclient.StartJob(ctx, s.temporal, s.queue, dispatch.JobInput{Job: job, Standard: *std}); err != nil {
		return unknownOutcome(err)
	}
	return s.store.MarkStarted(ctx, job.Number)
}

// mayServe refuses a territory that the caller does not work for.
func (c Caller) mayServe(territory string) error {
	if len(c.Territories) == 0 || slices.Contains(c.Territories, territory) {
		return nil
	}
	return dispatch.Refuse(dispatch.CodeForbidden, "", "This belongs to another territory. Yours are %v.", c.Territories)
}
