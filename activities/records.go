package activities

import (
	"context"
	"errors"
	"fmt"

	"truckroll/dispatch"
)

// RecordStore is what [Records] needs of Postgres.
type RecordStore interface {
	// Commit writes an outcome down, idempotent by job and event number.
	Commit(ctx context.Context, c dispatch.Commit) error
	// Recall returns the receipt of a command that was taken before.
	Recall(ctx context.Context, number, key string) (dispatch.Receipt, bool, error)
	// Reserve takes an installer's time. A *dispatch.Refusal says who else is free.
	Reserve(ctx context.Context, r dispatch.Reservation) (dispatch.Window, error)
	// Project says when the installer of a job's live visit can be there.
	Project(ctx context.Context, number string) (dispatch.Projection, error)
}

// Records are the local activities of a job's workflow. They run inside a workflow task
// and run again if it is lost, so each is short and idempotent.
type Records struct {
	Store RecordStore
	// Observe is told of every outcome that was committed, for metrics; may be nil.
	Observe func(dispatch.Commit)
}

// Commit writes an outcome down: read model, audit trail, messages, reservation.
func (r *Records) Commit(ctx context.Context, c dispatch.Commit) error {
	if err := r.Store.Commit(ctx, c); err != nil {
		return fmt.Errorf("committing %s #%d: %w", c.Receipt.Number, c.Receipt.Seq, err)
	}
	if r.Observe != nil {
		r.Observe(c)
	}
	return nil
}

// Recall returns the answer to a command taken in an earlier run of the workflow.
func (r *Records) Recall(ctx context.Context, number, key string) (dispatch.Receipt, error) {
	receipt, ok, err := r.Store.Recall(ctx, number, key)
	if err != nil {
		return receipt, fmt.Errorf("recalling %s: %w", number, err)
	}
	if !ok {
		return receipt, fmt.Errorf("no receipt of %s under its key", number)
	}
	return receipt, nil
}

// Reserve takes an installer's time, or answers with a refusal; that is an answer, not an
// error, because trying again would not help.
func (r *Records) Reserve(ctx context.Context, res dispatch.Reservation) (dispatch.Reserved, error) {
	window, err := r.Store.Reserve(ctx, res)
	var refusal *dispatch.Refusal
	switch {
	case errors.As(err, &refusal):
		return dispatch.Reserved{Refusal: refusal}, nil
	case err != nil:
		return dispatch.Reserved{}, fmt.Errorf("reserving for %s: %w", res.Number, err)
	}
	return dispatch.Reserved{Window: window}, nil
}

// Project looks up how the installer's day goes (AP-9, AP-5).
func (r *Records) Project(ctx context.Context, number string) (dispatch.Projection, error) {
	p, err := r.Store.Project(ctx, number)
	if err != nil {
		return p, fmt.Errorf("projecting %s: %w", number, err)
	}
	return p, nil
}
