// Command truckroll dispatches installers: every install or repair job is a durable Temporal workflow that carries the
// operator's service standard as code. See README.md for how to find your way around.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"truckroll/internal/config"
)

// cli is the command line: one struct a command, each in its file cmd_<name>.go, with a Run method that may take
// what run binds below. Settings are not flags but environment variables: see internal/config.
type cli struct {
	Dev      devCmd         `cmd:"" help:"Run everything on this machine: Temporal, Postgres, API and worker, with demo data."`
	API      apiCmd         `cmd:"" help:"Serve the HTTP API."`
	Worker   workerCmd      `cmd:"" help:"Work on workflows and activities."`
	Import   importCmd      `cmd:"" help:"Bring in jobs, installers, shifts or territories from files, through the HTTP API."`
	Bench    benchCmd       `cmd:"" help:"Measure the running server against a bare workflow."`
	Simulate simulateCmd    `cmd:"" help:"Play a day against the running server and check that the standard was kept."`
	Photo    samplePhotoCmd `cmd:"" name:"sample-photo" help:"Write a made-up photo (JPEG) to the standard output, to try things out with."`
	Migrate  migrateCmd     `cmd:"" help:"Bring the database's schema up to date."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// After the first signal the next one ends the process at once: for whoever cannot wait for a clean stop.
	context.AfterFunc(ctx, stop)
	err := run(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "truckroll:", err)
		os.Exit(1)
	}
}

// screen is where progress is shown: standard error, so that standard output holds results only.
type screen struct{ io.Writer }

// errUsage marks that the command line was only asked for help.
var errUsage = errors.New("usage")

// run is main without the process around it. It binds for the commands: a context that ends with Ctrl-C, the
// settings, a logger, and an io.Writer for people to read.
func run(ctx context.Context, args, environ []string, stdout, stderr io.Writer) (err error) {
	// kong ends the process after --help; only main may.
	defer func() {
		if r := recover(); r == errUsage { //nolint:errorlint // a value we threw, not an error that was wrapped
			err = nil
		} else if r != nil {
			panic(r)
		}
	}()
	var c cli
	parser, err := kong.New(&c,
		kong.Name("truckroll"),
		kong.Description("Service dispatch as durable workflows."),
		kong.Writers(stdout, stderr),
		kong.Exit(func(int) { panic(errUsage) }),
	)
	if err != nil {
		return fmt.Errorf("command line: %w", err)
	}
	cmd, err := parser.Parse(args)
	if err != nil {
		return fmt.Errorf("%w; see truckroll --help", err)
	}
	cfg, err := config.Load(environ)
	if err != nil {
		return err
	}
	var level slog.Level
	if err := level.UnmarshalText([]byte(cfg.LogLevel)); err != nil {
		return fmt.Errorf("log level: %w", err)
	}
	cmd.BindTo(ctx, (*context.Context)(nil))
	cmd.BindTo(stdout, (*io.Writer)(nil))
	cmd.Bind(cfg, screen{stderr}, slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: level})))
	return cmd.Run()
}
