package activities

import (
	"context"
	"fmt"
	"time"

	"go.temporal.io/sdk/activity"
)

// leftBehindAfter is how long a job may be in the register without a workflow before it
// counts as left behind. A registration in progress takes milliseconds.
const leftBehindAfter = 10 * time.Second

// Starter starts jobs that are registered and do not run.
type Starter interface {
	// StartWaiting starts up to limit jobs registered before a time; it returns how many.
	StartWaiting(ctx context.Context, before time.Time, limit int) (int, error)
}

// Intake starts what a crash left between the register and its workflow.
type Intake struct {
	Starter Starter
}

// StartWaiting starts everything that was left behind. It returns how many jobs that were.
func (i *Intake) StartWaiting(ctx context.Context) (int, error) {
	const chunk = 200
	total := 0
	for {
		n, err := i.Starter.StartWaiting(ctx, time.Now().Add(-leftBehindAfter), chunk)
		total += n
		if err != nil {
			return total, fmt.Errorf("starting jobs left behind: %w", err)
		}
		if n < chunk {
			return total, nil
		}
		activity.RecordHeartbeat(ctx, total)
	}
}
