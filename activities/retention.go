package activities

import (
	"context"
	"fmt"
	"time"

	"go.temporal.io/sdk/activity"

	"truckroll/dispatch"
	"truckroll/internal/postgres"
)

// RetentionStore is what [Retention] needs of Postgres.
type RetentionStore interface {
	Standards(ctx context.Context) ([]postgres.StandardVersion, error)
	Standard(ctx context.Context, version string) (*dispatch.Standard, error)
	DeleteUnused(ctx context.Context, before time.Time, remove func(keys []string) error) (bool, error)
	DeleteExpired(
		ctx context.Context, standard string, class dispatch.FileClass, before time.Time, why string, remove func(keys []string) error,
	) (bool, error)
}

// Remover deletes from the file store.
type Remover interface {
	Delete(ctx context.Context, key string) error
}

// Retention deletes the files whose time is over. The row of each stays, as the proof.
type Retention struct {
	Store RetentionStore
	Files Remover
	Now   func() time.Time
}

// unusedFor is how long an upload may wait to become part of its job: longer than any phone
// stays without a network and any request is repeated.
const unusedFor = 48 * time.Hour

// day as the periods of a Standard count them.
const day = 24 * time.Hour

// Deleted is what a sweep did.
type Deleted struct {
	Unused  int `json:"unused"`
	Expired int `json:"expired"`
}

// Sweep deletes what is due, one file after the other; one that is stopped goes on the next
// time.
func (r *Retention) Sweep(ctx context.Context) (Deleted, error) {
	var done Deleted
	remove := func(keys []string) error {
		for _, k := range keys {
			if err := r.Files.Delete(ctx, k); err != nil {
				return err
			}
		}
		return nil
	}
	drain := func(count *int, one func() (bool, error)) error {
		for {
			activity.RecordHeartbeat(ctx, done)
			found, err := one()
			if err != nil || !found {
				return err
			}
			*count++
		}
	}
	now := r.Now()
	if err := drain(&done.Unused, func() (bool, error) { return r.Store.DeleteUnused(ctx, now.Add(-unusedFor), remove) }); err != nil {
		return done, err
	}
	versions, err := r.Store.Standards(ctx)
	if err != nil {
		return done, fmt.Errorf("listing standards: %w", err)
	}
	for _, v := range versions {
		std, err := r.Store.Standard(ctx, v.Version)
		if err != nil {
			return done, fmt.Errorf("reading standard %s: %w", v.Version, err)
		}
		for _, class := range dispatch.FileClasses {
			days, ok := std.Retention[class]
			if !ok {
				continue // kept for ever
			}
			before, why := now.Add(-time.Duration(days)*day), fmt.Sprintf("%s: %d days after the job's end", class, days)
			err := drain(&done.Expired, func() (bool, error) {
				return r.Store.DeleteExpired(ctx, v.Version, class, before, why, remove)
			})
			if err != nil {
				return done, err
			}
		}
	}
	return done, nil
}
