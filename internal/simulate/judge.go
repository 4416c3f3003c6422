package simulate

import (
	"context"
	"maps"
	"slices"
	"time"

	openapi_types "github.com/oapi-codegen/runtime/types"

	"truckroll/internal/apiclient"
)

// settle is how long after the last command messages and clocks may still be under way.
const settle = 3 * time.Second

// judge reads what the system says of the run and checks it.
func (r *run) judge(ctx context.Context, stories []*Story, played time.Duration) (*Result, error) {
	began := time.Now()
	r.progress.sayf("played; reading what the system says of it")
	if err := sleep(ctx, settle); err != nil {
		return nil, err
	}
	// Reading is not part of the load that was asked for.
	r.api.limit.SetLimit(1000)
	ev, err := r.read(ctx, stories)
	if err != nil {
		return nil, err
	}
	r.count.mu.Lock()
	ev.Faults = slices.Clone(r.count.faults)
	r.count.mu.Unlock()
	maps.Copy(ev.Days, r.days)
	out := &Result{
		Run: r.id, Seed: r.opt.Seed, SpeedUp: r.opt.SpeedUp, Jobs: r.opt.Jobs, Installers: r.opt.Installers, Standard: r.std.Version,
		Began: r.began, Played: played, Traffic: r.count.traffic(), Ended: map[string]int{}, Refusals: map[string]int{},
		Doubles: map[string]int{}, KPIs: figures(ev), Stories: stories,
	}
	for _, s := range stories {
		out.Commands += len(s.Acks)
		if d := ev.Dossiers[s.Number]; d != nil {
			out.Ended[string(d.Job.Status)]++
		}
		for _, f := range s.Refusals {
			out.Refusals[string(f.Problem.Code)+" "+f.Problem.Rule]++
		}
		for _, d := range s.Repeated {
			out.Doubles[string(d.How)]++
		}
	}
	out.Broken = Check(ev)
	out.Checked = time.Since(began)
	return out, nil
}

// watchDays reads the installers' days now and then while they are full, until ctx ends. A
// day that cannot be read is left to the next time: the checks after the run miss nothing.
func (r *run) watchDays(ctx context.Context, team []string) {
	for sleep(ctx, r.pace.real(r.day/6)) == nil {
		if err := r.readDays(ctx, team, time.Now().UTC(), r.days); err != nil {
			r.opt.Log.Debug("watching days", "error", err)
		}
	}
}

func dayParams(at time.Time) *apiclient.GetInstallerDayParams {
	return &apiclient.GetInstallerDayParams{Date: openapi_types.Date{Time: at}}
}
