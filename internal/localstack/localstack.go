// Package localstack runs what truckroll needs on this machine, as child processes: a Temporal server, compiled from
// deploy/devserver, and a Postgres from the machine's own binaries. `truckroll dev` runs on it, and through
// internal/testkit so do the tests; production does not. For tests alone there is an S3 server, compiled from
// deploy/s3server.
//
// Each server has a folder, which one process at a time may use. Servers killed at any moment come back on the same
// folder with everything they had acknowledged. Unix only.
package localstack

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"
	"go.temporal.io/sdk/client"
)

// Options say what to run and what runs already.
type Options struct {
	DataDir          string            // a folder for each server is made in it
	DatabaseURL      string            // set: a database that runs already; no Postgres is started
	PostgresPort     int               // 0: any free port
	TemporalAddress  string            // set: a Temporal that runs already, which must have the search attributes
	TemporalPort     int               // 0: any free port
	UIPort           int               // of Temporal's web UI; 0: any free port
	SearchAttributes map[string]string // see TemporalOptions
	Progress         func(string)      // told what takes time; may be nil
}

// Stack is a running set of servers.
type Stack struct {
	DatabaseURL     string
	TemporalAddress string
	UIAddress       string // of Temporal's web UI; "" for a Temporal that is not ours

	Postgres *Postgres // nil when not ours
	Temporal *Temporal // nil when not ours
}

// Start starts what opts do not name as running. When one server cannot be started the others are stopped again.
func Start(ctx context.Context, opts Options) (*Stack, error) {
	if opts.Progress == nil {
		opts.Progress = func(string) {}
	}
	s := &Stack{DatabaseURL: opts.DatabaseURL, TemporalAddress: opts.TemporalAddress}
	if err := s.start(ctx, opts); err != nil {
		return nil, errors.Join(err, s.Stop(context.WithoutCancel(ctx)))
	}
	return s, nil
}

func (s *Stack) start(ctx context.Context, opts Options) error {
	var err error
	if s.DatabaseURL == "" {
		s.Postgres, err = StartPostgres(ctx, PostgresOptions{
			Dir: filepath.Join(opts.DataDir, "postgres"), Port: opts.PostgresPort, Progress: opts.Progress,
		})
		if err != nil {
			return err
		}
		s.DatabaseURL = s.Postgres.URL()
		opts.Progress(fmt.Sprintf("Postgres %d runs on port %d", s.Postgres.bin.major, s.Postgres.opts.Port))
	} else if err := checkDatabase(ctx, s.DatabaseURL); err != nil {
		return err
	}
	if s.TemporalAddress != "" {
		return checkTemporal(ctx, s.TemporalAddress)
	}
	s.Temporal, err = StartTemporal(ctx, TemporalOptions{
		Dir: filepath.Join(opts.DataDir, "temporal"), Port: opts.TemporalPort, UIPort: opts.UIPort,
		SearchAttributes: opts.SearchAttributes, Progress: opts.Progress,
	})
	if err != nil {
		return err
	}
	s.TemporalAddress, s.UIAddress = s.Temporal.Address(), s.Temporal.UIAddress()
	opts.Progress("Temporal runs on " + s.TemporalAddress)
	return nil
}

// Failed is closed when one of our own servers has ended without being asked to.
func (s *Stack) Failed() <-chan struct{} {
	failed := make(chan struct{})
	var postgres, temporal <-chan struct{} // nil, and so never ready, for servers that are not ours
	if s.Postgres != nil {
		postgres = s.Postgres.Done()
	}
	if s.Temporal != nil {
		temporal = s.Temporal.Done()
	}
	go func() {
		defer close(failed)
		select {
		case <-postgres:
		case <-temporal:
		}
	}()
	return failed
}

// Stop ends our own servers in good order, Temporal first, within some 20 seconds each even if one hangs; sooner when
// ctx ends.
func (s *Stack) Stop(ctx context.Context) error {
	var errs []error
	if s.Temporal != nil {
		errs = append(errs, s.Temporal.Stop(ctx))
	}
	if s.Postgres != nil {
		errs = append(errs, s.Postgres.Stop(ctx))
	}
	return errors.Join(errs...)
}

// checkDatabase finds a given database that is not there, or too old, before anything is built on it.
func checkDatabase(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, url) // its errors hide the password
	if err != nil {
		return fmt.Errorf("no Postgres answers at DATABASE_URL: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	var version int
	if err := conn.QueryRow(ctx, `SELECT current_setting('server_version_num')::int / 10000`).Scan(&version); err != nil {
		return fmt.Errorf("version of the Postgres at DATABASE_URL: %w", err)
	}
	if version < minPostgres {
		return fmt.Errorf("the Postgres at DATABASE_URL is version %d: truckroll needs %d or later", version, minPostgres)
	}
	return nil
}

func checkTemporal(ctx context.Context, address string) error {
	c, err := client.DialContext(ctx, client.Options{HostPort: address, Logger: quiet{}})
	if err != nil {
		return fmt.Errorf("no Temporal answers at %s (TEMPORAL_ADDRESS): %w", address, err)
	}
	c.Close()
	return nil
}
