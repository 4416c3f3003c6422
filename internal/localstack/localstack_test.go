package localstack

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

func startPostgres(t *testing.T, opts PostgresOptions) *Postgres {
	t.Helper()
	opts.Progress = func(s string) { t.Log(s) }
	p, err := StartPostgres(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return p
}

// reachableDir is a new folder that the unprivileged user, too, can get to; t.TempDir's is for its owner only.
func reachableDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "localstack-") //nolint:usetesting // see above
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func query[T any](t *testing.T, url, sql string) T {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	var v T
	if err := conn.QueryRow(t.Context(), sql).Scan(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestPostgresSurvivesKill(t *testing.T) {
	t.Parallel()
	p := startPostgres(t, PostgresOptions{Dir: reachableDir(t)})
	url := p.URL()
	query[int](t, url, `WITH x AS (SELECT 1 AS n) SELECT n FROM x`)
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	if _, err := conn.Exec(t.Context(), `CREATE TABLE kept (n int); INSERT INTO kept SELECT generate_series(1, 1000)`); err != nil {
		t.Fatal(err)
	}
	// The connection stays open over the kill, so that a process serving it may outlive the server for a moment.
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := p.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if p.URL() != url {
		t.Errorf("URL changed from %s to %s", url, p.URL())
	}
	if n := query[int](t, url, `SELECT count(*) FROM kept`); n != 1000 {
		t.Errorf("%d rows after the kill, want 1000", n)
	}
}

func TestPostgresCopesWithForeignPID(t *testing.T) {
	t.Parallel()
	dir := reachableDir(t)
	p := startPostgres(t, PostgresOptions{Dir: dir})
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	// After a reboot the number in a stale postmaster.pid may belong to anybody: here to this test.
	pidFile := filepath.Join(p.dataDir(), "postmaster.pid")
	data, err := os.ReadFile(pidFile)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(data), "\n")
	if err := os.WriteFile(pidFile, []byte(strconv.Itoa(os.Getpid())+"\n"+rest), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := p.lock.Close(); err != nil { // as if we had died
		t.Fatal(err)
	}
	startPostgres(t, PostgresOptions{Dir: dir})
}

func TestPostgresReplacesOrphan(t *testing.T) {
	t.Parallel()
	dir := reachableDir(t)
	first := startPostgres(t, PostgresOptions{Dir: dir})
	if _, err := StartPostgres(t.Context(), PostgresOptions{Dir: dir}); err == nil || !strings.Contains(err.Error(), "already running") {
		t.Fatalf("second Postgres on one folder: %v", err)
	}
	if err := first.lock.Close(); err != nil { // as if we had died and the server had not
		t.Fatal(err)
	}
	second := startPostgres(t, PostgresOptions{Dir: dir})
	<-first.Done()
	if second.PID() == first.PID() {
		t.Error("the orphan still runs")
	}
}

func TestTakenPortNamesItsSetting(t *testing.T) {
	t.Parallel()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	port := l.Addr().(*net.TCPAddr).Port
	_, err = StartPostgres(t.Context(), PostgresOptions{Dir: reachableDir(t), Port: port})
	if err == nil {
		t.Fatal("started on a taken port")
	}
	for _, want := range []string{strconv.Itoa(port), "Postgres", "TRUCKROLL_POSTGRES_PORT"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not say %q", err, want)
		}
	}
}

func TestUnreachableFolder(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root runs Postgres as somebody else")
	}
	dir := reachableDir(t)
	account, err := pgRunAs(filepath.Join(dir, "none"))
	if err != nil {
		t.Fatal(err)
	}
	if got := account.reachableDir(filepath.Join(dir, "a", "b")); got != filepath.Join(dir, "a", "b") {
		t.Errorf("reachable folder replaced by %s", got)
	}
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if got := account.reachableDir(filepath.Join(dir, "a", "b")); !strings.HasPrefix(got, "/var/lib/truckroll/") {
		t.Errorf("unreachable folder became %s", got)
	}
}

func TestStopEscalates(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	p := startPostgres(t, PostgresOptions{Dir: reachableDir(t), Volatile: true})
	// Stopped by SIGSTOP it hears nothing but SIGKILL.
	if err := syscall.Kill(p.PID(), syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	if err := p.proc.stop(ctx, syscall.SIGINT, syscall.SIGQUIT); err != nil {
		t.Fatal(err)
	}
}
