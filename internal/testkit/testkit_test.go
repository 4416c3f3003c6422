package testkit

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

func migrateThings(ctx context.Context, url string) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	_, err = conn.Exec(ctx, `CREATE TABLE things (n int)`)
	return err
}

func TestPostgresGivesEachTestItsOwn(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"one", "other"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pool := Postgres(t, migrateThings)
			if _, err := pool.Exec(t.Context(), `INSERT INTO things VALUES (1)`); err != nil {
				t.Fatal(err)
			}
			var n int
			if err := pool.QueryRow(t.Context(), `SELECT count(*) FROM things`).Scan(&n); err != nil {
				t.Fatal(err)
			}
			if n != 1 {
				t.Errorf("%d rows, want only our own", n)
			}
		})
	}
}

func TestTemporalRunsWorkflowsAtOnce(t *testing.T) {
	t.Parallel()
	began := time.Now()
	s := Temporal(t)
	t.Logf("namespace after %v", time.Since(began))
	w := worker.New(s.Client, s.TaskQueue, worker.Options{})
	greet := func(workflow.Context) (string, error) { return "hello", nil }
	w.RegisterWorkflowWithOptions(greet, workflow.RegisterOptions{Name: "greet"})
	if err := w.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Stop)
	run, err := s.Client.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
		TaskQueue: s.TaskQueue,
		TypedSearchAttributes: temporal.NewSearchAttributes(
			temporal.NewSearchAttributeKeyKeyword("JobStatus").ValueSet("new"),
			temporal.NewSearchAttributeKeyKeywordList("BrokenRules").ValueSet([]string{"a"}),
			temporal.NewSearchAttributeKeyTime("AppointmentStart").ValueSet(time.Now()),
		),
	}, "greet")
	if err != nil {
		t.Fatal(err)
	}
	var got string
	if err := run.Get(t.Context(), &got); err != nil {
		t.Fatal(err)
	}
	if got != "hello" {
		t.Errorf("got %q", got)
	}
	t.Logf("done after %v", time.Since(began))
}
