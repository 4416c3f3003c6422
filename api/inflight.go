package api

import (
	"context"
	"sync"

	"truckroll/dispatch"
)

// maxInFlight bounds the commands on their way to one job from this process. A workflow
// takes ten updates at once; the eleventh does not fail, it hangs. Two are left for other
// processes.
const maxInFlight = 8

// inFlight is a semaphore for each job that has commands on their way.
type inFlight struct {
	mu   sync.Mutex
	jobs map[string]*lane
}

type lane struct {
	slots chan struct{}
	users int // holders and those who wait
}

// acquire waits for one of the job's slots and returns what gives it back. When ctx ends
// first the error is a [*dispatch.Refusal] (busy).
func (f *inFlight) acquire(ctx context.Context, number string) (release func(), err error) {
	f.mu.Lock()
	if f.jobs == nil {
		f.jobs = map[string]*lane{}
	}
	l := f.jobs[number]
	if l == nil {
		l = &lane{slots: make(chan struct{}, maxInFlight)}
		f.jobs[number] = l
	}
	l.users++
	f.mu.Unlock()

	leave := func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		if l.users--; l.users == 0 {
			delete(f.jobs, number)
		}
	}
	select {
	case l.slots <- struct{}{}:
		return func() { <-l.slots; leave() }, nil
	case <-ctx.Done():
		leave()
		return nil, dispatch.Refuse(dispatch.CodeBusy, "",
			"Many commands for this job are on their way. Send this one again with the same Idempotency-Key.")
	}
}
