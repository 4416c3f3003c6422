package postgres

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// The tests run against a real server, with a fresh migrated database each: a copy of a
// template that was migrated once. TEST_DATABASE_URL names a server to use; else the
// machine's own binaries start one for the run.

var (
	serverURL string
	databases atomic.Int64
)

const template = "truckroll_template"

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	serverURL = os.Getenv("TEST_DATABASE_URL")
	if serverURL == "" {
		stop, err := startServer()
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer stop()
	}
	ctx := context.Background()
	if err := admin(ctx, "DROP DATABASE IF EXISTS "+template, "CREATE DATABASE "+template); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if err := Migrate(ctx, databaseURL(template)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

func admin(ctx context.Context, statements ...string) error {
	conn, err := pgx.Connect(ctx, serverURL)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	for _, s := range statements {
		if _, err := conn.Exec(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
	}
	return nil
}

func databaseURL(name string) string {
	u, err := url.Parse(serverURL)
	if err != nil {
		panic(err)
	}
	u.Path = "/" + name
	return u.String()
}

// testURL returns the URL of a fresh migrated database.
func testURL(t testing.TB) string {
	t.Helper()
	name := fmt.Sprintf("truckroll_%d_%d", os.Getpid(), databases.Add(1))
	if err := admin(t.Context(), "CREATE DATABASE "+name+" TEMPLATE "+template); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := admin(context.Background(), "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Log(err)
		}
	})
	return databaseURL(name)
}

// testStore returns a store over a fresh migrated database.
func testStore(t testing.TB) *Store {
	t.Helper()
	cfg, err := pgxpool.ParseConfig(testURL(t))
	if err != nil {
		t.Fatal(err)
	}
	cfg.MaxConns = 10
	pool, err := pgxpool.NewWithConfig(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	s := New(pool)
	t.Cleanup(s.Close)
	return s
}

// startServer starts a throw-away server on a socket in a directory of its own; as root it
// runs as the user postgres.
func startServer() (stop func(), err error) {
	initdb, err := binary("initdb")
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "truckroll-pg")
	if err != nil {
		return nil, err
	}
	as := &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	if os.Geteuid() == 0 {
		who, err := user.Lookup("postgres")
		if err != nil {
			return nil, fmt.Errorf("started as root, so a user postgres is needed: %w", err)
		}
		uid, _ := strconv.Atoi(who.Uid)
		gid, _ := strconv.Atoi(who.Gid)
		if err := os.Chown(dir, uid, gid); err != nil {
			return nil, err
		}
		as.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	data := filepath.Join(dir, "data")
	create := exec.Command(initdb, "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
	create.Dir, create.SysProcAttr = dir, as
	if out, err := create.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, out)
	}
	fsync := "off"
	if os.Getenv("TEST_FSYNC") != "" {
		fsync = os.Getenv("TEST_FSYNC")
	}
	server := exec.Command(filepath.Join(filepath.Dir(initdb), "postgres"), "-D", data, "-k", dir, "-c", "listen_addresses=",
		"-c", "fsync="+fsync, "-c", "max_connections=300")
	server.Dir, server.SysProcAttr = dir, as
	if err := server.Start(); err != nil {
		return nil, err
	}
	serverURL = "postgres:///postgres?user=postgres&host=" + url.QueryEscape(dir)
	stop = func() {
		_ = server.Process.Signal(syscall.SIGINT)
		_ = server.Wait()
		_ = os.RemoveAll(dir)
	}
	return stop, await()
}

// await returns when the server answers.
func await() error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		err := admin(ctx, "SELECT 1")
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("postgres does not answer: %w", err)
		case <-tick.C:
		}
	}
}

func binary(name string) (string, error) {
	if path, err := exec.LookPath(name); err == nil {
		return path, nil
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
	if len(found) == 0 {
		return "", fmt.Errorf("%s is not installed: install PostgreSQL 15 or newer, or set TEST_DATABASE_URL", name)
	}
	return found[len(found)-1], nil
}
