package localstack

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/gofrs/flock"
	"github.com/jackc/pgx/v5"
)

// pgName is the name of both the superuser and the first database.
const pgName = "truckroll"

// PostgresOptions say where and how a private Postgres runs.
type PostgresOptions struct {
	Dir      string       // holds the data, the password and the log; made when missing
	Port     int          // 0: any free one, kept over restarts of the same Postgres
	Volatile bool         // do not wait for the disk: a killed server loses nothing, a power cut may lose all; for tests
	Progress func(string) // told what takes time; may be nil
}

// Postgres is a server of our own on this machine, as a child process.
type Postgres struct {
	opts     PostgresOptions
	account  pgAccount
	bin      pgBinaries
	password string
	lock     *flock.Flock
	proc     *process
}

// StartPostgres starts a Postgres on opts.Dir and waits until it answers. A new folder is set up first, with a random
// password; one that a killed server left behind recovers by itself.
func StartPostgres(ctx context.Context, opts PostgresOptions) (_ *Postgres, err error) {
	dir, err := filepath.Abs(opts.Dir)
	if err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	account, err := pgRunAs(filepath.Join(dir, "data"))
	if err != nil {
		return nil, err
	}
	opts.Dir = account.reachableDir(dir)
	if opts.Progress == nil {
		opts.Progress = func(string) {}
	}
	if opts.Dir != dir {
		opts.Progress(fmt.Sprintf("Postgres does not run as root, and user %s cannot get to %s: its data is in %s",
			account.name, dir, opts.Dir))
		if account, err = pgRunAs(filepath.Join(opts.Dir, "data")); err != nil {
			return nil, err
		}
	}
	p := &Postgres{opts: opts, account: account}
	if p.lock, err = lockDir(opts.Dir, "Postgres"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = p.lock.Close()
		}
	}()
	if err := p.setUp(ctx); err != nil {
		return nil, fmt.Errorf("set up Postgres: %w", err)
	}
	if err := p.Restart(ctx); err != nil {
		return nil, err
	}
	return p, nil
}

// URL is how to connect to the first database, as the superuser.
func (p *Postgres) URL() string {
	u := url.URL{
		Scheme: "postgres", User: url.UserPassword(pgName, p.password),
		Host: hostPort(p.opts.Port), Path: "/" + pgName, RawQuery: "sslmode=disable",
	}
	return u.String()
}

// PID is the process id of the server (its postmaster).
func (p *Postgres) PID() int { return p.proc.pid }

// Done is closed when the server, as started last, has ended, for whatever reason.
func (p *Postgres) Done() <-chan struct{} { return p.proc.done }

// Restart starts the server again after Kill, on the same data and port.
func (p *Postgres) Restart(ctx context.Context) error {
	port, err := claimPort(ctx, p.opts.Port, "Postgres", "TRUCKROLL_POSTGRES_PORT")
	if err != nil {
		return err
	}
	p.opts.Port = port
	// The processes that served a killed server's connections may need a moment to notice, and a new one refuses to
	// start beside them; so it is asked again.
	deadline := time.Now().Add(15 * time.Second)
	for {
		err := p.start(ctx)
		if err == nil || !strings.Contains(err.Error(), "shared memory block") || time.Now().After(deadline) {
			return err
		}
		if err := pause(ctx, 200*time.Millisecond); err != nil {
			return err
		}
	}
}

// Kill ends the server as a crash would, with SIGKILL.
func (p *Postgres) Kill() error { return p.proc.kill() }

// Stop ends the server in good order, cutting open connections, and lets go of its folder.
func (p *Postgres) Stop(ctx context.Context) error {
	// SIGINT is Postgres' fast shutdown: roll back, disconnect, write a checkpoint. SIGQUIT leaves recovery to the
	// next start.
	return errors.Join(p.proc.stop(ctx, syscall.SIGINT, syscall.SIGQUIT), p.lock.Close())
}

// start runs the server once and waits until it answers.
func (p *Postgres) start(ctx context.Context) error {
	args := []string{
		"-D", p.dataDir(),
		"-c", "listen_addresses=" + loopback,
		"-c", "port=" + strconv.Itoa(p.opts.Port),
		// No socket file: its path may be at most 107 bytes long, which a data folder easily exceeds.
		"-c", "unix_socket_directories=",
		"-c", "max_connections=200",
	}
	if p.opts.Volatile {
		args = append(args, "-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")
	}
	proc, err := spawn(p.command(context.WithoutCancel(ctx), "postgres", args...),
		filepath.Join(p.opts.Dir, "postgres.log"), syscall.SIGINT)
	if err != nil {
		return err
	}
	p.proc = proc
	if err := p.waitReady(ctx); err != nil {
		return errors.Join(err, proc.stop(ctx, syscall.SIGINT, syscall.SIGQUIT))
	}
	return nil
}

// waitReady waits until the server answers, and makes the first database if it is missing.
func (p *Postgres) waitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute) // recovery after a kill takes seconds
	defer cancel()
	cfg, err := pgx.ParseConfig(p.URL())
	if err != nil {
		return fmt.Errorf("connection settings: %w", err)
	}
	cfg.Database = "postgres"
	for {
		conn, err := pgx.ConnectConfig(ctx, cfg)
		if err == nil {
			defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
			return createFirstDatabase(ctx, conn)
		}
		select {
		case <-p.proc.done:
			return p.proc.ended("Postgres")
		case <-ctx.Done():
			return fmt.Errorf("Postgres does not answer: %w", err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func createFirstDatabase(ctx context.Context, conn *pgx.Conn) error {
	var exists bool
	err := conn.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)`, pgName).Scan(&exists)
	if err != nil {
		return fmt.Errorf("look for database %s: %w", pgName, err)
	}
	if exists {
		return nil
	}
	if _, err := conn.Exec(ctx, "CREATE DATABASE "+pgName); err != nil {
		return fmt.Errorf("make database %s: %w", pgName, err)
	}
	return nil
}

func (p *Postgres) dataDir() string { return filepath.Join(p.opts.Dir, "data") }

// command prepares one of Postgres' programs to run as the account.
func (p *Postgres) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, p.bin.path(name), args...)
	cmd.Dir = p.opts.Dir                            // the account may not be able to enter ours
	cmd.Env = append(os.Environ(), "LC_MESSAGES=C") // Restart reads what it says
	if p.account.cred != nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: p.account.cred}
	}
	return cmd
}
