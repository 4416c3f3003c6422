// Package testkit gives tests a real Postgres and a real Temporal server.
//
// One of each serves all test packages of a machine's user, although `go test` runs every package as a process of its
// own: the first test that asks starts the server, under a keeper process that outlives the asking one, and the keeper
// stops it when no test process has been there for a while. Tests are kept apart by a database, or a namespace, each;
// so they can run in parallel, which they should.
//
// Tests never sleep: they wait for what they need to see.
package testkit

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"truckroll/internal/localstack"
)

// spare is how long before the test binary's deadline (`go test` allows it ten minutes) waiting for the server's first
// build ends: enough to tell the reason instead of being killed.
const spare = 45 * time.Second

// NeedServerBuild skips the test if AwaitServerBuild waited in vain. It is for tests of early packages, so that these,
// too, give a slow machine time; what only they test is tested by the next run.
func NeedServerBuild(t testing.TB) {
	t.Helper()
	if !AwaitServerBuild(t) {
		t.Skip("the Temporal server is still being compiled; the build goes on by itself, and the next run tests this")
	}
}

// AwaitServerBuild starts compiling the Temporal server, if this version of it never was, waits for it for as long as
// the test binary may run, and tells whether it is there. It fails the test if compiling goes wrong, not if it takes
// longer.
//
// It is for a package that needs no server and comes early in the order of `go test ./...`: each such package adds its
// ten minutes to the time that a slow machine has before a package that does need the server gives up.
func AwaitServerBuild(t testing.TB) bool {
	t.Helper()
	_, err := localstack.BuildServer(Context(t), localstack.TemporalServer, func(s string) { t.Log(s) })
	if still, ok := errors.AsType[*localstack.StillBuildingError](err); ok {
		t.Log(still)
		return false
	}
	if err != nil {
		t.Fatal(err)
	}
	return true
}

// Dir is a folder of the test's own, like t.TempDir, that other users can pass through: Postgres, which root's tests
// run as another user, has to.
func Dir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "truckroll-") //nolint:usetesting // see above
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o711); err != nil { //nolint:gosec // see above
		t.Fatal(err)
	}
	return dir
}

// Context ends with the test, or a little before `go test` would kill the test's binary, so that what waits under it
// can still say why it waited in vain.
func Context(t testing.TB) context.Context {
	t.Helper()
	d, ok := t.(interface{ Deadline() (time.Time, bool) }) // a testing.B has none
	if !ok {
		return t.Context()
	}
	at, ok := d.Deadline()
	if !ok {
		return t.Context()
	}
	ctx, cancel := context.WithDeadline(t.Context(), at.Add(-spare))
	t.Cleanup(cancel)
	return ctx
}
