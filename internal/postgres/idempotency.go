package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"truckroll/dispatch"
	"truckroll/internal/postgres/db"
)

// Answer is what a call was answered.
type Answer struct {
	HTTPStatus int
	Body       []byte
}

// callLease is how long a call may run before its key counts as left behind.
const callLease = time.Minute

// Replay takes an Idempotency-Key for a call that is no job command, or returns the answer
// that was kept for it. With nil the key is the caller's, who ends with Remember, or with
// Forget when nothing happened. Refusals: idempotency_key_reused when the key was used for
// a request with another hash, busy while the same call runs elsewhere.
func (s *Store) Replay(ctx context.Context, scope, key, hash string) (*Answer, error) {
	_, err := s.q.TakeKey(ctx, db.TakeKeyParams{Scope: scope, Key: key, Hash: hash, Lease: callLease})
	if err == nil {
		return nil, nil
	}
	if !errors.Is(err, pgx.ErrNoRows) {
		return nil, fmt.Errorf("taking the idempotency key: %w", err)
	}
	kept, err := s.q.KeptAnswer(ctx, db.KeptAnswerParams{Scope: scope, Key: key})
	switch {
	case errors.Is(err, pgx.ErrNoRows): // given back this very moment
		return nil, busy()
	case err != nil:
		return nil, fmt.Errorf("reading the kept answer: %w", err)
	case kept.Hash != hash:
		return nil, dispatch.Refuse(dispatch.CodeKeyReused, "", "This Idempotency-Key was used for another request. Make a new one.")
	case kept.HttpStatus == nil:
		return nil, busy()
	}
	return &Answer{HTTPStatus: int(*kept.HttpStatus), Body: kept.Body}, nil
}

func busy() *dispatch.Refusal {
	return dispatch.Refuse(dispatch.CodeBusy, "", "The same request is being worked on. Send it again in a moment.")
}

// Remember keeps the answer to the call that took a key.
func (s *Store) Remember(ctx context.Context, scope, key string, a Answer) error {
	status := int32(a.HTTPStatus)
	return wrap(s.q.KeepAnswer(ctx, db.KeepAnswerParams{Scope: scope, Key: key, HttpStatus: &status, Body: a.Body}), "keeping the answer")
}

// Forget gives back a key whose call changed nothing.
func (s *Store) Forget(ctx context.Context, scope, key string) error {
	return wrap(s.q.DropKey(ctx, db.DropKeyParams{Scope: scope, Key: key}), "giving the idempotency key back")
}

// ForgetBefore drops answers kept before a moment and returns how many.
func (s *Store) ForgetBefore(ctx context.Context, t time.Time) (int64, error) {
	n, err := s.q.ForgetKeys(ctx, t)
	return n, wrap(err, "dropping kept answers")
}
