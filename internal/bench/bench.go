// Package bench measures truckroll against a floor in the same run: a bare workflow that
// takes as many Updates as a full install job has commands and does nothing else. Machines
// are noisy and differ; the ratio to the floor is what says something about the design.
package bench

import (
	"context"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"go.temporal.io/sdk/client"

	"truckroll/internal/apiclient"
)

// Options say what to measure.
type Options struct {
	Jobs  int    // full jobs, and as many floor workflows, per round
	Lanes int    // jobs in progress at once
	URL   string // of the API
	Token string // of a supervisor
	// Rounds alternate floor and jobs, so that a machine that slows down slows down both.
	Rounds int
}

// Result is what was measured.
type Result struct {
	Commands    int     `json:"commands_per_job"`
	FloorRate   float64 `json:"floor_jobs_per_s"`
	JobRate     float64 `json:"jobs_per_s"`
	FloorAlone  Spread  `json:"floor_alone"`
	Alone       Spread  `json:"command_alone"`
	FloorLoaded Spread  `json:"floor_loaded"`
	Loaded      Spread  `json:"command_loaded"`
	Events      int     `json:"history_events_per_job"`
	Billable    int     `json:"billable_actions_per_job"`
}

// RateRatio is the rate of full jobs as a part of the floor's.
func (r Result) RateRatio() float64 { return r.JobRate / r.FloorRate }

// AloneRatio is the median of one command alone over the floor's.
func (r Result) AloneRatio() float64 { return float64(r.Alone.P50) / float64(r.FloorAlone.P50) }

// Spread is how long something took.
type Spread struct {
	P50 time.Duration `json:"p50_ns"`
	P99 time.Duration `json:"p99_ns"`
}

func spread(all []time.Duration) Spread {
	if len(all) == 0 {
		return Spread{}
	}
	slices.Sort(all)
	return Spread{P50: all[len(all)/2], P99: all[min(len(all)-1, len(all)*99/100)]}
}

// Run measures and prints as it goes.
func Run(ctx context.Context, o Options, temporal client.Client, out io.Writer) (Result, error) {
	stage, err := newStage(ctx, o)
	if err != nil {
		return Result{}, err
	}
	commands := len(script("", "", "", func() apiclient.Content { return apiclient.Content{} }))
	floor, err := newFloor(temporal, commands)
	if err != nil {
		return Result{}, err
	}
	defer floor.stop()
	r := Result{Commands: commands}
	say := func(format string, args ...any) { _, _ = fmt.Fprintf(out, format+"\n", args...) }

	say("warming up")
	if _, err := drive(ctx, 2*o.Lanes, o.Lanes, floor.run); err != nil {
		return r, err
	}
	if _, err := drive(ctx, 2*o.Lanes, o.Lanes, stage.run); err != nil {
		return r, err
	}
	var floorAlone, alone, floorLoaded, loaded []time.Duration
	var floorTime, jobTime time.Duration
	for round := range o.Rounds {
		say("round %d of %d", round+1, o.Rounds)
		for _, m := range []struct {
			jobs, lanes int
			run         runner
			into        *[]time.Duration
			took        *time.Duration
		}{
			{aloneJobs, 1, floor.run, &floorAlone, nil},
			{aloneJobs, 1, stage.run, &alone, nil},
			{o.Jobs, o.Lanes, floor.run, &floorLoaded, &floorTime},
			{o.Jobs, o.Lanes, stage.run, &loaded, &jobTime},
		} {
			began := time.Now()
			times, err := drive(ctx, m.jobs, m.lanes, m.run)
			if err != nil {
				return r, err
			}
			if m.took != nil {
				*m.took += time.Since(began)
			}
			*m.into = append(*m.into, times...)
		}
	}
	n := float64(o.Jobs * o.Rounds)
	r.FloorRate, r.JobRate = n/floorTime.Seconds(), n/jobTime.Seconds()
	r.FloorAlone, r.Alone = spread(floorAlone), spread(alone)
	r.FloorLoaded, r.Loaded = spread(floorLoaded), spread(loaded)
	r.Events, r.Billable, err = count(ctx, temporal, stage.last())
	if err != nil {
		return r, err
	}
	r.print(say, o)
	return r, nil
}

func (r Result) print(say func(string, ...any), o Options) {
	say("")
	say("%d jobs at a time, %d commands a job            floor        truckroll    ratio", o.Lanes, r.Commands)
	say("jobs/s                                       %8.1f       %8.1f     %5.2f", r.FloorRate, r.JobRate, r.RateRatio())
	say("commands/s                                   %8.0f       %8.0f", r.FloorRate*float64(r.Commands), r.JobRate*float64(r.Commands))
	line := func(what string, a, b time.Duration) {
		say("%-44s %8.2f ms    %8.2f ms  %5.2f", what, ms(a), ms(b), float64(b)/float64(a))
	}
	line("one command alone, p50", r.FloorAlone.P50, r.Alone.P50)
	line("one command alone, p99", r.FloorAlone.P99, r.Alone.P99)
	line("command under load, p50", r.FloorLoaded.P50, r.Loaded.P50)
	line("command under load, p99", r.FloorLoaded.P99, r.Loaded.P99)
	say("history events per job                                        %8d", r.Events)
	say("billable actions per job                                      %8d", r.Billable)
}

// aloneJobs are the jobs of a round that have the machine to themselves.
const aloneJobs = 5

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// runner takes the n-th job of a lane through its life and says how long each command took.
type runner func(ctx context.Context, lane int) ([]time.Duration, error)

// drive runs jobs in lanes, one after the other in each.
func drive(ctx context.Context, jobs, lanes int, run runner) ([]time.Duration, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	work := make(chan struct{}, jobs)
	for range jobs {
		work <- struct{}{}
	}
	close(work)
	var (
		wg  sync.WaitGroup
		mu  sync.Mutex
		all []time.Duration
	)
	for lane := range lanes {
		wg.Go(func() {
			for range work {
				times, err := run(ctx, lane)
				if err != nil {
					cancel(err)
					return
				}
				mu.Lock()
				all = append(all, times...)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return all, context.Cause(ctx)
}
