// Command devserver is a complete Temporal server for one machine: the server's four services and its web UI in one
// process, with every workflow in one SQLite file. `truckroll dev` and the tests run it; production does not.
//
// It is a Go module of its own so that the server's several hundred dependencies stay out of truckroll's go.mod.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"go.temporal.io/server/common/log"
)

// readyTimeout bounds the first start, which on a busy two-core machine takes some seconds.
const readyTimeout = 2 * time.Minute

func main() {
	if err := run(os.Args[1:]); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return
		}
		fmt.Fprintln(os.Stderr, "devserver:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	opts, err := parse(args)
	if err != nil {
		return err
	}
	syscall.Umask(0o077) // the database and its log files are nobody else's business
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := opts.checkPorts(ctx); err != nil {
		return err
	}

	logger := log.NewZapLogger(log.BuildZapLogger(log.Config{Format: "console", Level: opts.LogLevel}))
	srv, err := newServer(ctx, opts, logger)
	if err != nil {
		return err
	}
	if err := srv.Start(); err != nil {
		return fmt.Errorf("start the Temporal server: %w", err)
	}
	defer func() { _ = srv.Stop() }()

	readyCtx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	if err := ensureSearchAttributes(readyCtx, opts.address(), opts.SearchAttributes); err != nil {
		if ctx.Err() != nil {
			return nil // asked to stop while still starting
		}
		return err
	}
	stopUI := startUI(opts)
	defer stopUI()

	fmt.Printf("ready: Temporal at %s, file %s\n", opts.address(), opts.DB)
	<-ctx.Done()
	return nil
}

// options are the command line's answers; see parse for their meaning.
type options struct {
	DB               string
	IP               string
	Port             int
	UIPort           int
	LogLevel         string
	Synchronous      string
	SearchAttributes attributes
}

func parse(args []string) (options, error) {
	opts := options{SearchAttributes: attributes{}}
	fs := flag.NewFlagSet("devserver", flag.ContinueOnError)
	fs.StringVar(&opts.DB, "db", "", "SQLite `file` that holds everything; made when missing (required)")
	fs.StringVar(&opts.IP, "ip", "127.0.0.1", "IP `address` to listen on")
	fs.IntVar(&opts.Port, "port", 7233, "`port` of the gRPC API")
	fs.IntVar(&opts.UIPort, "ui-port", 8233, "`port` of the web UI; 0 for none")
	fs.StringVar(&opts.LogLevel, "log-level", "warn", "debug, info, warn or error")
	fs.StringVar(&opts.Synchronous, "synchronous", "normal",
		"SQLite's synchronous `mode`: full survives a power cut, normal a killed process, off neither for sure")
	fs.Var(opts.SearchAttributes, "search-attribute",
		"`NAME=TYPE` of a search attribute for namespace default; may be repeated")
	if err := fs.Parse(args); err != nil {
		return options{}, err
	}
	switch {
	case fs.NArg() > 0:
		return options{}, fmt.Errorf("unexpected argument %q", fs.Arg(0))
	case opts.DB == "":
		return options{}, errors.New("--db FILE is required")
	case net.ParseIP(opts.IP) == nil:
		return options{}, fmt.Errorf("--ip %q is not an IP address", opts.IP)
	}
	return opts, nil
}

func (o options) address() string { return net.JoinHostPort(o.IP, strconv.Itoa(o.Port)) }

// checkPorts finds a taken port before the server does, which would only report it from deep inside.
func (o options) checkPorts(ctx context.Context) error {
	for _, p := range []struct {
		port       int
		what, flag string
	}{{o.Port, "Temporal's gRPC API", "--port"}, {o.UIPort, "Temporal's web UI", "--ui-port"}} {
		if p.port == 0 {
			continue
		}
		l, err := new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort(o.IP, strconv.Itoa(p.port)))
		if err != nil {
			return fmt.Errorf("port %d for %s: %w; choose another with %s", p.port, p.what, err, p.flag)
		}
		_ = l.Close()
	}
	return nil
}
