package activities

import (
	"context"
	"fmt"
	"time"

	"go.temporal.io/sdk/activity"

	"truckroll/dispatch"
)

// leftBehindAfter is how long a job may be in the register without a workflow before it
// counts as left behind. A registration in progress takes milliseconds.
const leftBehindAfter = 10 * time.Second

// Register is what [Intake] needs of Postgres.
type Register interface {
	// Unstarted returns up to limit jobs registered longer ago than a time and not started.
	Unstarted(ctx context.Context, olderThan time.Duration, limit int) ([]dispatch.JobInput, error)
	MarkStarted(ctx context.Context, number string) error
}

// Intake starts what a crash left between the register and its workflow (IN-1).
type Intake struct {
	Register Register
	// Start starts a job's workflow; one that runs already is no error.
	Start func(ctx context.Context, in dispatch.JobInput) error
}

// StartWaiting starts everything that was left behind. It returns how many jobs that were.
func (i *Intake) StartWaiting(ctx context.Context) (int, error) {
	const chunk = 200
	total := 0
	for {
		jobs, err := i.Register.Unstarted(ctx, leftBehindAfter, chunk)
		if err != nil {
			return total, fmt.Errorf("looking for jobs left behind: %w", err)
		}
		for _, in := range jobs {
			if err := i.Start(ctx, in); err != nil {
				return total, fmt.Errorf("starting what was left behind: %w", err)
			}
			if err := i.Register.MarkStarted(ctx, in.Job.Number); err != nil {
				return total, err
			}
			total++
		}
		activity.RecordHeartbeat(ctx, total)
		if len(jobs) < chunk {
			return total, nil
		}
	}
}
