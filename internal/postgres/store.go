// Package postgres keeps the service register, the read model of jobs, the audit trail,
// installers' time and the outbox. Postgres answers every question about a job long after
// its workflow is gone; the workflow alone decides what happens to it, and [Store.Commit]
// writes its decisions down.
//
// Errors: a [*dispatch.Refusal] for what a caller can mend, anything else wrapped.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"truckroll/dispatch"
	"truckroll/internal/postgres/db"
)

//go:generate go run github.com/sqlc-dev/sqlc/cmd/sqlc@v1.31.1 generate

// Store is the database. It is safe for concurrent use.
type Store struct {
	// Now is the clock of planning and projections, time.Now unless a test sets it. Holds,
	// leases and claims go by the database's own clock.
	Now func() time.Time

	pool      *pgxpool.Pool
	q         *db.Queries
	standards sync.Map // version to *dispatch.Standard; a version never changes
	tokens    tokenCache
}

// Open connects to the database at a URL. [Migrate] must have run.
func Open(ctx context.Context, url string) (*Store, error) {
	pool, err := pgxpool.New(ctx, url)
	if err != nil {
		return nil, fmt.Errorf("connecting to postgres: %w", err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("connecting to postgres: %w", err)
	}
	return New(pool), nil
}

// New makes a store over a pool, which stays the caller's to configure. Close closes it.
func New(pool *pgxpool.Pool) *Store {
	return &Store{Now: time.Now, pool: pool, q: db.New(pool)}
}

// Close closes the pool.
func (s *Store) Close() { s.pool.Close() }

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error { return s.pool.Ping(ctx) }

// Pool returns the pool, for health figures and tests.
func (s *Store) Pool() *pgxpool.Pool { return s.pool }

// Page is part of a list. Next is the cursor of the following page, empty on the last.
type Page[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next_cursor,omitempty"`
}

// MaxPage bounds the items of a page; a limit of zero or above it becomes it.
const MaxPage = 200

func pageSize(limit int) int {
	if limit <= 0 || limit > MaxPage {
		return MaxPage
	}
	return limit
}

// inTx runs f in a transaction. Deadlocks and serialisation failures are run again.
func (s *Store) inTx(ctx context.Context, f func(*db.Queries, pgx.Tx) error) error {
	return again(func() error {
		return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error { return f(s.q.WithTx(tx), tx) })
	})
}

// again runs f up to three times while the database asks for it.
func again(f func() error) error {
	var err error
	for range 3 {
		if err = f(); !is(err, deadlock) && !is(err, serialization) {
			return err
		}
	}
	return err
}

// Postgres error codes that mean something here.
const (
	uniqueViolation     = "23505"
	foreignKeyViolation = "23503"
	exclusionViolation  = "23P01"
	deadlock            = "40P01"
	serialization       = "40001"
)

func is(err error, code string) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == code
}

func notFound(what, id string) *dispatch.Refusal {
	return dispatch.Refuse(dispatch.CodeNotFound, "", "There is no %s %q.", what, id)
}

// missing turns "no rows" into a refusal and wraps the rest.
func missing(err error, doing, what, id string) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return notFound(what, id)
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// wrap says what was being done when something broke; refusals and nil pass.
func wrap(err error, doing string) error {
	var r *dispatch.Refusal
	if err == nil || errors.As(err, &r) {
		return err
	}
	return fmt.Errorf("%s: %w", doing, err)
}
