package main

import (
	"context"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"

	"truckroll/internal/testkit"
)

// TestReadmeWalkThrough runs the commands of README.md as they stand there, but for the port, against `truckroll dev`.
func TestReadmeWalkThrough(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"bash", "curl"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("the walk-through is written for a machine with %s: %v", tool, err)
		}
	}
	testkit.NeedServerBuild(t)
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	var script strings.Builder
	for _, block := range regexp.MustCompile("(?s)```sh walk\n(.*?)```").FindAllStringSubmatch(string(readme), -1) {
		script.WriteString(block[1])
	}
	ctx, pressCtrlC := context.WithCancel(testkit.Context(t))
	defer pressCtrlC()
	up := make(chan struct{})
	screen := &watcher{phrase: "Ctrl-C stops everything", seen: sync.OnceFunc(func() { close(up) })}
	ended := make(chan error, 1)
	go func() {
		ended <- run(ctx, []string{"dev"}, []string{
			"TRUCKROLL_DATA=" + testkit.Dir(t), "TRUCKROLL_HTTP=localhost:0", "TRUCKROLL_METRICS=localhost:0",
			"TRUCKROLL_POSTGRES_PORT=0", "TRUCKROLL_TEMPORAL_PORT=0", "TRUCKROLL_TEMPORAL_UI_PORT=0",
		}, screen, io.Discard)
	}()
	select {
	case <-up:
	case err := <-ended:
		t.Fatalf("dev ended: %v\n%s", err, screen.text.String())
	}
	api := regexp.MustCompile(`http://\S+/api/v1`).FindString(screen.text.String())
	walk := exec.CommandContext(ctx, "bash", "-eu", "-o", "pipefail", "-c", strings.Replace(script.String(), "http://localhost:8080/api/v1", api, 1))
	out, err := walk.CombinedOutput()
	if err != nil {
		t.Errorf("the walk-through: %v\n%s", err, out)
	}
	for _, want := range []string{`"code":"not_packed"`, `"rule":"VI-1"`, `"status":"completed"`, `"status":"closed"`, `"fact":"follow_up.recorded"`, `"fact":"document.sealed"`, `"genuine":true`} {
		if !strings.Contains(string(out), want) {
			t.Errorf("no %s in the walk-through's output:\n%s", want, out)
		}
	}
	if n := strings.Count(string(out), `"code":`); n != 1 {
		t.Errorf("%d refusals, want the one that is shown:\n%s", n, out)
	}
	pressCtrlC()
	if err := <-ended; err != nil {
		t.Errorf("dev: %v", err)
	}
}
