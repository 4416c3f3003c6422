package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"truckroll/internal/testkit"
)

// TestDevStartsStopsAndGoesOn also gives the Temporal server's first build its start: this package is the first that
// `go test ./...` runs, and on a slow machine the build takes longer than one package may. Such a run goes on without
// this test; the packages that cannot do without the server wait for it in their turn.
func TestDevStartsStopsAndGoesOn(t *testing.T) {
	t.Parallel()
	testkit.NeedServerBuild(t)
	environ := []string{
		"TRUCKROLL_DATA=" + testkit.Dir(t),
		"TRUCKROLL_POSTGRES_PORT=0", "TRUCKROLL_TEMPORAL_PORT=0", "TRUCKROLL_TEMPORAL_UI_PORT=0",
		"TRUCKROLL_HTTP=localhost:0", "TRUCKROLL_METRICS=localhost:0",
	}
	for _, start := range []string{"first", "second"} {
		out := devUntilUp(t, environ)
		if made := strings.Contains(out, "making a Postgres"); made != (start == "first") {
			t.Errorf("%s start: new data folder: %v\n%s", start, made, out)
		}
		if !strings.Contains(out, "stopped") {
			t.Errorf("%s start did not stop cleanly:\n%s", start, out)
		}
	}
}

// devUntilUp runs `truckroll dev`, presses Ctrl-C when it says that everything runs, and answers with what it said.
func devUntilUp(t *testing.T, environ []string) string {
	t.Helper()
	ctx, pressCtrlC := context.WithCancel(testkit.Context(t))
	defer pressCtrlC()
	screen := &watcher{phrase: "Ctrl-C stops everything", seen: pressCtrlC}
	if err := run(ctx, []string{"dev"}, environ, screen, io.Discard); err != nil {
		t.Fatalf("%v\n%s", err, screen.text.String())
	}
	return screen.text.String()
}

// watcher collects what is written and calls seen once it contains phrase.
type watcher struct {
	text   bytes.Buffer
	phrase string
	seen   func()
}

func (w *watcher) Write(p []byte) (int, error) {
	n, err := w.text.Write(p)
	if strings.Contains(w.text.String(), w.phrase) {
		w.seen()
	}
	return n, err
}

func TestHelpIsNoError(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := run(t.Context(), []string{"--help"}, nil, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "dev") {
		t.Errorf("help does not name the commands:\n%s", out.String())
	}
}

func TestMistakesAreErrors(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		args, environ []string
		want          string
	}{
		"no such command": {[]string{"fly"}, nil, "--help"},
		"wrong setting":   {[]string{"dev"}, []string{"TRUCKROLL_LOG_LEVEL=loud"}, "TRUCKROLL_LOG_LEVEL"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := run(t.Context(), c.args, c.environ, io.Discard, io.Discard)
			if err == nil || errors.Is(err, errUsage) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want something about %s", err, c.want)
			}
		})
	}
}
