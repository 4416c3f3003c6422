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

// DeleteUnused deletes one upload that came before a time and became part of nothing, and
// reports whether there was one. Remove deletes its content by key; the row stays and tells.
func (s *Store) DeleteUnused(ctx context.Context, before time.Time, remove func(keys []string) error) (bool, error) {
	return s.deleteOne(ctx, "never part of a job", remove, func(q *db.Queries) (doomed, error) {
		r, err := q.LockUnusedFile(ctx, before)
		return doomed{r.Sha256, r.Key, r.Variants}, err
	})
}

// DeleteExpired deletes one file of a class that came before a time, of a job of that
// standard which ended before it, and reports whether there was one. A held job's are kept.
func (s *Store) DeleteExpired(
	ctx context.Context, standard string, class dispatch.FileClass, before time.Time, why string, remove func(keys []string) error,
) (bool, error) {
	return s.deleteOne(ctx, why, remove, func(q *db.Queries) (doomed, error) {
		r, err := q.LockExpiredFile(ctx, db.LockExpiredFileParams{Before: before, Class: string(class), Standard: standard})
		return doomed{r.Sha256, r.Key, r.Variants}, err
	})
}

type doomed struct {
	sha256, key string
	variants    dispatch.Variants
}

// deleteOne keeps the row locked while its content goes, so that the same file coming again
// waits and is then stored anew. A process that dies in between leaves a row that is found
// again.
func (s *Store) deleteOne(ctx context.Context, why string, remove func([]string) error, lock func(*db.Queries) (doomed, error)) (bool, error) {
	found := false
	err := s.inTx(ctx, func(q *db.Queries, _ pgx.Tx) error {
		d, err := lock(q)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		keys := []string{d.key}
		for _, v := range d.variants {
			keys = append(keys, v.Key)
		}
		if err := remove(keys); err != nil {
			return err
		}
		found = true
		return q.MarkDeleted(ctx, db.MarkDeletedParams{Sha256: d.sha256, DeletedFor: why})
	})
	if err != nil {
		return false, fmt.Errorf("deleting a file: %w", err)
	}
	return found, nil
}

// HoldFiles keeps the files of a job whatever their period, until [Store.ReleaseFiles]
// (not_found).
func (s *Store) HoldFiles(ctx context.Context, number, reason string, by dispatch.Actor) error {
	err := s.q.HoldFiles(ctx, db.HoldFilesParams{Job: number, Reason: reason, Actor: string(by.Role) + "/" + by.ID})
	if is(err, foreignKeyViolation) {
		return notFound("job", number)
	}
	return wrap(err, "holding files")
}

// ReleaseFiles lets the files of a job go when their period is over.
func (s *Store) ReleaseFiles(ctx context.Context, number string) error {
	_, err := s.q.ReleaseFiles(ctx, number)
	return wrap(err, "releasing files")
}
