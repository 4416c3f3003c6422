package bench

import (
	"context"
	"crypto/rand"
	"fmt"
	"strconv"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

const (
	floorQueue    = "truckroll-bench-floor"
	floorWorkflow = "BenchFloor"
	floorUpdate   = "tick"
)

// bare is the floor: a workflow that takes Updates, counts them, and ends.
func bare(ctx workflow.Context, updates int) error {
	taken := 0
	err := workflow.SetUpdateHandler(ctx, floorUpdate, func(workflow.Context) (int, error) {
		taken++
		return taken, nil
	})
	if err != nil {
		return err
	}
	return workflow.Await(ctx, func() bool { return taken == updates })
}

type floor struct {
	client  client.Client
	updates int
	worker  worker.Worker
}

func newFloor(c client.Client, updates int) (*floor, error) {
	// As many pollers as truckroll's own worker has: with the SDK's default of two, new workflows starve behind those
	// that run, and the floor would be too low.
	w := worker.New(c, floorQueue, worker.Options{MaxConcurrentWorkflowTaskPollers: 8})
	w.RegisterWorkflowWithOptions(bare, workflow.RegisterOptions{Name: floorWorkflow})
	if err := w.Start(); err != nil {
		return nil, fmt.Errorf("starting the floor's worker: %w", err)
	}
	return &floor{client: c, updates: updates, worker: w}, nil
}

func (f *floor) stop() { f.worker.Stop() }

// run takes one bare workflow through its Updates.
func (f *floor) run(ctx context.Context, _ int) ([]time.Duration, error) {
	id := "bench/floor/" + rand.Text()
	if _, err := f.client.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: id, TaskQueue: floorQueue}, floorWorkflow, f.updates); err != nil {
		return nil, fmt.Errorf("starting the floor: %w", err)
	}
	times := make([]time.Duration, f.updates)
	for i := range times {
		began := time.Now()
		h, err := f.client.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
			WorkflowID: id, UpdateName: floorUpdate, UpdateID: strconv.Itoa(i), WaitForStage: client.WorkflowUpdateStageCompleted,
		})
		if err == nil {
			err = h.Get(ctx, nil)
		}
		if err != nil {
			return nil, fmt.Errorf("updating the floor: %w", err)
		}
		times[i] = time.Since(began)
	}
	return times, nil
}
