package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"time"

	"truckroll/internal/config"
	"truckroll/internal/document"
	"truckroll/internal/localstack"
	"truckroll/internal/postgres"
)

// stopTimeout bounds a clean stop; what has not ended by then is killed, which loses nothing that was acknowledged.
const stopTimeout = 20 * time.Second

type devCmd struct{}

// Run starts everything, prints the addresses, and waits for Ctrl-C. A second start goes on with the same data.
func (devCmd) Run(ctx context.Context, cfg config.Config, log *slog.Logger, out io.Writer) (err error) {
	began := time.Now()
	say := func(s string) { _, _ = fmt.Fprintf(out, "%5.1fs  %s\n", time.Since(began).Seconds(), s) }

	say("starting Postgres and Temporal")
	stack, err := localstack.Start(ctx, localstack.Options{
		DataDir:          cfg.DataDir,
		DatabaseURL:      cfg.DatabaseURL,
		PostgresPort:     cfg.PostgresPort,
		TemporalAddress:  cfg.TemporalAddress,
		TemporalPort:     cfg.TemporalPort,
		UIPort:           cfg.TemporalUIPort,
		SearchAttributes: localstack.SearchAttributes(),
		Progress:         say,
	})
	if err != nil {
		if ctx.Err() != nil {
			return errors.New("stopped before everything had started; a first compilation goes on by itself")
		}
		return err
	}
	defer func() {
		stopCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
		defer cancel()
		say("stopping")
		err = errors.Join(err, stack.Stop(stopCtx))
		say("stopped; start again to go on with the same data")
	}()

	app, err := startApp(ctx, cfg, stack, log, say)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, app.stop()) }()

	printAddresses(out, stack, app.lines)
	select {
	case <-ctx.Done():
		return nil
	case <-stack.Failed():
		return errors.New("a server ended by itself: see the logs in the data folder")
	}
}

// app is truckroll itself, inside dev.
type app struct {
	lines []string     // for people: addresses and logins
	stop  func() error // drains the worker and closes the API
}

// startApp starts everything above the servers: migrations, demo data, worker, API.
func startApp(ctx context.Context, cfg config.Config, stack *localstack.Stack, log *slog.Logger, say func(string)) (app, error) {
	cfg.DatabaseURL, cfg.TemporalAddress = stack.DatabaseURL, stack.TemporalAddress
	say("bringing the database up to date")
	if err := postgres.Migrate(ctx, cfg.DatabaseURL); err != nil {
		return app{}, err
	}
	if cfg.SealingKey == "" && cfg.SealingKeyFile == "" {
		cfg.SealingKeyFile = filepath.Join(cfg.DataDir, "sealing-key.pem")
		if _, err := document.MakeKey(cfg.SealingKeyFile, cfg.Operator); err != nil {
			return app{}, err
		}
	}
	say("starting the worker and the API")
	s, err := newService(ctx, cfg, log)
	if err != nil {
		return app{}, err
	}
	a := app{stop: func() error {
		stopCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
		defer cancel()
		return s.stop(stopCtx)
	}}
	err = errors.Join(loadDemo(ctx, s.store, time.Now()), s.startMetrics(), s.startWorker(ctx), s.startAPI(ctx))
	if err != nil {
		return app{}, errors.Join(err, a.stop())
	}
	a.lines = append(a.lines,
		fmt.Sprintf("API            http://%s/api/v1", s.cfg.HTTPAddress),
		fmt.Sprintf("API, to read   http://%s/docs", s.cfg.HTTPAddress),
		fmt.Sprintf("Metrics        http://%s/metrics", s.cfg.MetricsAddress),
		"",
		"Logins (Authorization: Bearer ...), for this machine only:",
	)
	for _, l := range demoLogins {
		a.lines = append(a.lines, fmt.Sprintf("  %-16s %s", l.token, l.actor.Role))
	}
	return a, nil
}

func printAddresses(out io.Writer, stack *localstack.Stack, more []string) {
	_, _ = fmt.Fprintf(out, "\n  Postgres       %s\n  Temporal       %s\n", stack.DatabaseURL, stack.TemporalAddress)
	if stack.UIAddress != "" {
		_, _ = fmt.Fprintf(out, "  Temporal UI    %s\n", stack.UIAddress)
	}
	for _, line := range more {
		_, _ = fmt.Fprintln(out, " ", line)
	}
	_, _ = fmt.Fprint(out, "\n  Ctrl-C stops everything.\n\n")
}
