package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"truckroll/internal/config"
	"truckroll/internal/postgres"
)

type migrateCmd struct{}

// Run brings the database's schema up to date. It may run while others do: one at a time gets to work.
func (migrateCmd) Run(ctx context.Context, cfg config.Config, log *slog.Logger) error {
	if cfg.DatabaseURL == "" {
		return errors.New("DATABASE_URL is not set")
	}
	if err := postgres.Migrate(ctx, cfg.DatabaseURL); err != nil {
		return err
	}
	log.Info("the database is up to date")
	return nil
}

type apiCmd struct{}

// Run serves the HTTP API until it is told to stop.
func (apiCmd) Run(ctx context.Context, cfg config.Config, log *slog.Logger) error {
	return runUntilDone(ctx, cfg, log, func(s *service) error { return s.startAPI(ctx) })
}

type workerCmd struct{}

// Run works on workflows and activities until it is told to stop; then it finishes what it has begun.
func (workerCmd) Run(ctx context.Context, cfg config.Config, log *slog.Logger) error {
	return runUntilDone(ctx, cfg, log, func(s *service) error { return s.startWorker(ctx) })
}

func runUntilDone(ctx context.Context, cfg config.Config, log *slog.Logger, start func(*service) error) (err error) {
	s, err := newService(ctx, cfg, log)
	if err != nil {
		return err
	}
	defer func() {
		stopCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
		defer cancel()
		err = errors.Join(err, s.stop(stopCtx))
	}()
	if err := s.startMetrics(); err != nil {
		return err
	}
	if err := start(s); err != nil {
		return err
	}
	log.Info("ready")
	<-ctx.Done()
	log.Info("stopping")
	return nil
}
