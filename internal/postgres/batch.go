package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"truckroll/internal/postgres/db"
)

// batching returns queries that are not run but queued: what has no result to read can go
// to the database in one round trip. A batch sent outside a transaction is one of its own.
func batching(b *pgx.Batch) *db.Queries { return db.New(queue{b}) }

type queue struct{ batch *pgx.Batch }

var errQueued = errors.New("a queued query has no result to read")

func (q queue) Exec(_ context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	q.batch.Queue(sql, args...)
	return pgconn.CommandTag{}, nil
}

func (q queue) Query(context.Context, string, ...any) (pgx.Rows, error) { return nil, errQueued }

func (q queue) QueryRow(context.Context, string, ...any) pgx.Row { return noRow{} }

type noRow struct{}

func (noRow) Scan(...any) error { return errQueued }
