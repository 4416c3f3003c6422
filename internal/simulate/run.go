package simulate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"truckroll/dispatch"
)

// run is one day that is played.
type run struct {
	opt      Options
	api      *api
	count    *counters
	id       string // of the run, and of its territory
	began    time.Time
	pace     pace
	day      time.Duration // simulated
	std      *dispatch.Standard
	crew     *crew
	album    *album
	progress *progress
	days     map[string][]DayBooking // as they were seen during the run, by installer and time
}

// Result is what a run came to. Broken must be empty.
type Result struct {
	Run        string         `json:"run"`
	Seed       uint64         `json:"seed"`
	SpeedUp    float64        `json:"speed_up"`
	Jobs       int            `json:"jobs"`
	Installers int            `json:"installers"`
	Standard   string         `json:"standard"`
	Began      time.Time      `json:"began"`
	Played     time.Duration  `json:"played_ns"`
	Checked    time.Duration  `json:"checked_ns"`
	Traffic    Traffic        `json:"traffic"`
	Commands   int            `json:"commands"`
	Ended      map[string]int `json:"ended"`    // jobs by status
	Refusals   map[string]int `json:"refusals"` // by code and rule
	Doubles    map[string]int `json:"doubles"`
	KPIs       []KPILine      `json:"kpis"`
	Broken     []Broken       `json:"broken"`
	Stories    []*Story       `json:"stories"`
}

// prefix begins the name of every run, territory, standard and installer of a simulation.
const prefix = "sim-"

// Run plays a day and checks it. The error says that it could not be played to its end, or
// not be checked; a broken invariant is no error but part of the result.
func Run(ctx context.Context, opt Options) (*Result, error) {
	if err := opt.fill(); err != nil {
		return nil, err
	}
	r := &run{
		opt: opt, count: &counters{}, pace: pace(opt.SpeedUp), day: dayLength(opt.Jobs, opt.Installers),
		album: &album{}, days: map[string][]DayBooking{},
	}
	now := time.Now()
	r.id = fmt.Sprintf("%s%d-%s", prefix, opt.Seed, strconv.FormatInt(now.Unix(), 36))
	var err error
	if r.api, err = newAPI(opt, r.count); err != nil {
		return nil, err
	}
	r.progress = newProgress(opt.Progress, opt.Jobs)
	plans := make([]Plan, opt.Jobs)
	for i := range plans {
		plans[i] = Draw(opt.Seed, i, r.spread())
	}
	if opt.FromRegister {
		if err := r.copyRegister(ctx, plans); err != nil {
			return nil, err
		}
	}
	if err := r.prepare(ctx, plans); err != nil {
		return nil, err
	}
	stories, err := r.playAndWatch(ctx, plans)
	r.progress.done()
	if err != nil {
		return nil, err
	}
	played := time.Since(now)
	return r.judge(ctx, stories, played)
}

// spread is the stretch in which requests come in: the first three fifths of the day.
func (r *run) spread() time.Duration { return r.day * 3 / 5 }

// playAndWatch plays the jobs and looks at the installers' days while they last.
func (r *run) playAndWatch(ctx context.Context, plans []Plan) ([]*Story, error) {
	watching, stop := context.WithCancel(ctx)
	var watcher sync.WaitGroup
	watcher.Go(func() { r.watchDays(watching, r.teamIDs()) })
	stories, err := r.playAll(ctx, plans)
	stop()
	watcher.Wait()
	return stories, err
}

// playAll plays every job at the same time and returns the stories, in the order of the
// plans. A job that goes off the script stops; the others go on.
func (r *run) playAll(ctx context.Context, plans []Plan) ([]*Story, error) {
	stories := make([]*Story, len(plans))
	errs := make([]error, len(plans))
	var all sync.WaitGroup
	for i, plan := range plans {
		stories[i] = &Story{Plan: plan, Acks: []Ack{}, Refusals: []Refused{}}
		all.Go(func() {
			p := &player{run: r, plan: plan, story: stories[i], names: map[string]int{}, leave: func() {}}
			err := p.play(ctx)
			if errors.Is(err, errNoTime) {
				p.story.skip(err.Error())
				p.expect(p.now.Status)
				err = nil
			}
			if err != nil && !offScript(err) {
				errs[i] = err
			}
			if err != nil {
				p.story.Offended = append(p.story.Offended, err.Error())
			}
			r.progress.job()
		})
	}
	all.Wait()
	if err := ctx.Err(); err != nil {
		return stories, errors.New("stopped before the day was over")
	}
	broken := slices.DeleteFunc(errs, func(err error) bool { return err == nil })
	if len(broken) == len(plans) {
		return stories, errors.Join(broken[:min(3, len(broken))]...)
	}
	return stories, nil
}

// crew keeps every installer to one job at a time.
type crew struct {
	mu   sync.Mutex
	busy map[string]chan struct{}
}

// take waits until the installer is free; release makes him or her free again and may be
// called more than once.
func (c *crew) take(ctx context.Context, installer string) (release func(), err error) {
	c.mu.Lock()
	if c.busy == nil {
		c.busy = map[string]chan struct{}{}
	}
	turn, ok := c.busy[installer]
	if !ok {
		turn = make(chan struct{}, 1)
		c.busy[installer] = turn
	}
	c.mu.Unlock()
	select {
	case turn <- struct{}{}:
		return sync.OnceFunc(func() { <-turn }), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// album remembers one picture of an earlier job.
type album struct {
	mu      sync.Mutex
	index   int
	content []byte
}

func (a *album) put(index int, content []byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.content == nil || index < a.index {
		a.index, a.content = index, content
	}
}

func (a *album) other(index int) []byte {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.index == index {
		return nil
	}
	return a.content
}
