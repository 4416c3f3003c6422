package localstack_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"truckroll/internal/localstack"
	"truckroll/internal/testkit"
)

func startTemporal(t *testing.T) *localstack.Temporal {
	t.Helper()
	s, err := localstack.StartTemporal(testkit.Context(t), localstack.TemporalOptions{
		Dir: t.TempDir(), SearchAttributes: localstack.SearchAttributes(), Progress: func(s string) { t.Log(s) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return s
}

func dial(t *testing.T, s *localstack.Temporal) client.Client {
	t.Helper()
	c, err := client.DialContext(t.Context(), client.Options{
		HostPort: s.Address(), Logger: log.NewStructuredLogger(slog.New(slog.DiscardHandler)),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// TestTemporalLosesNothingWhenKilled kills the server while clients start workflows: each start that a client was told
// has succeeded must be there afterwards, and run to its end.
func TestTemporalLosesNothingWhenKilled(t *testing.T) {
	t.Parallel()
	testkit.NeedServerBuild(t)
	s := startTemporal(t)
	c := dial(t, s)
	ids := startUntilKilled(t, s, c)
	if err := s.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	w := worker.New(c, "crash", worker.Options{})
	w.RegisterWorkflowWithOptions(napping, workflow.RegisterOptions{Name: "napping"})
	if err := w.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Stop)
	for _, id := range ids {
		if err := c.GetWorkflow(t.Context(), id, "").Get(t.Context(), nil); err != nil {
			t.Errorf("workflow %s: %v", id, err)
		}
	}
	t.Logf("%d workflows started before the kill, all there", len(ids))
}

// napping waits on a durable timer, so that it cannot be done before the kill.
func napping(ctx workflow.Context) error { return workflow.Sleep(ctx, time.Second) }

// startUntilKilled starts workflows from several clients, kills the server when a good number has succeeded, and
// answers with the ids of all that had.
func startUntilKilled(t *testing.T, s *localstack.Temporal, c client.Client) []string {
	t.Helper()
	const enough = 100
	var (
		mu     sync.Mutex
		ids    []string
		kill   sync.Once
		killed = make(chan struct{})
		wg     sync.WaitGroup
	)
	for n := range 8 {
		wg.Go(func() {
			for i := 0; ; i++ {
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
				id := fmt.Sprintf("crash-%d-%d", n, i)
				_, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
					ID: id, TaskQueue: "crash",
					TypedSearchAttributes: temporal.NewSearchAttributes(
						temporal.NewSearchAttributeKeyKeyword("JobStatus").ValueSet("new")),
				}, "napping")
				cancel()
				if err != nil {
					select {
					case <-killed:
					default:
						t.Errorf("start %s: %v", id, err)
					}
					return
				}
				mu.Lock()
				ids = append(ids, id)
				now := len(ids) >= enough
				mu.Unlock()
				if now {
					kill.Do(func() {
						close(killed)
						if err := s.Kill(); err != nil {
							t.Error(err)
						}
					})
				}
			}
		})
	}
	wg.Wait()
	return ids
}

func TestSecondStartFindsTheFirstOnesWorkflows(t *testing.T) {
	t.Parallel()
	testkit.NeedServerBuild(t)
	dir := t.TempDir()
	start := func(attributes map[string]string) *localstack.Temporal {
		s, err := localstack.StartTemporal(testkit.Context(t), localstack.TemporalOptions{
			Dir: dir, NoUI: true, SearchAttributes: attributes,
		})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	first := start(nil)
	_, err := dial(t, first).ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: "kept", TaskQueue: "q"}, "any")
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	// The second start also knows a search attribute that the file did not have.
	second := start(map[string]string{"JobStatus": "Keyword"})
	t.Cleanup(func() { _ = second.Stop(context.Background()) })
	if _, err := dial(t, second).DescribeWorkflowExecution(t.Context(), "kept", ""); err != nil {
		t.Error(err)
	}
}
