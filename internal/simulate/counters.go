package simulate

import (
	"errors"
	"net/http"
	"slices"
	"sync"
	"time"
)

// counters say how the API did: they are for people, except that an answer of 500 is a
// mistake of the system's, whatever a repeat then brought.
type counters struct {
	mu       sync.Mutex
	took     []time.Duration
	statuses map[int]int
	repeats  int
	faults   []string // answers above 499 that are not 503
}

// Traffic is what a run sent and how quickly it was answered.
type Traffic struct {
	Calls    int           `json:"calls"`
	Repeats  int           `json:"repeats"` // after a 503, a lost connection or a timeout
	Statuses map[int]int   `json:"statuses"`
	Median   time.Duration `json:"median_ns"`
	P95      time.Duration `json:"p95_ns"`
	P99      time.Duration `json:"p99_ns"`
	Longest  time.Duration `json:"longest_ns"`
}

func (c *counters) answered(status int, took time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.statuses == nil {
		c.statuses = map[int]int{}
	}
	c.statuses[status]++
	c.took = append(c.took, took)
}

func (c *counters) repeat(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.repeats++
	var u *unavailableError
	if errors.As(err, &u) && u.status != http.StatusServiceUnavailable && u.status != http.StatusTooManyRequests {
		c.faults = append(c.faults, u.Error())
	}
}

func (c *counters) traffic() Traffic {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := Traffic{Calls: len(c.took), Repeats: c.repeats, Statuses: c.statuses}
	if len(c.took) == 0 {
		return t
	}
	sorted := slices.Sorted(slices.Values(c.took))
	at := func(q float64) time.Duration { return sorted[int(q*float64(len(sorted)-1))] }
	t.Median, t.P95, t.P99, t.Longest = at(0.5), at(0.95), at(0.99), sorted[len(sorted)-1]
	return t
}
