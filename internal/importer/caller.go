package importer

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"truckroll/internal/apiclient"
)

// Caller repeats calls that have an Idempotency-Key until the API answers: when the connection breaks, nobody knows
// whether the call was carried out, and only a repeat with the same key finds out.
type Caller struct {
	Attempts int           // at most; 0 means 10
	Timeout  time.Duration // of one attempt; 0 means 90 seconds, above the time the API allows itself
	// Wait sleeps; nil means really.
	Wait func(ctx context.Context, d time.Duration) error
	// Retrying is told before each wait, if not nil.
	Retrying func(err error, after time.Duration)
}

const (
	defaultAttempts = 10
	defaultTimeout  = 90 * time.Second
	firstPause      = 500 * time.Millisecond
	maxPause        = 30 * time.Second
)

// answer is what came back from one attempt.
type answer struct {
	response *http.Response
	problem  *apiclient.Problem
	ok       bool // the body is what the description promises for success
}

// ProblemError is a refusal by the API.
type ProblemError struct{ Problem apiclient.Problem }

func (e *ProblemError) Error() string {
	p := e.Problem
	text := fmt.Sprintf("the API refuses (%d %s): %s", p.Status, p.Code, p.Detail)
	if p.Status == http.StatusUnauthorized {
		text += " Is TRUCKROLL_TOKEN set?"
	}
	return text
}

// aboutContent tells whether other rows might be taken: the refusal is not about who asks or where.
func (e *ProblemError) aboutContent() bool {
	return slices.Contains([]int{
		http.StatusBadRequest, http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity,
	}, e.Problem.Status)
}

// Do calls until there is an answer that a repeat would not change.
func (c Caller) Do(ctx context.Context, call func(ctx context.Context) (answer, error)) error {
	attempts := c.Attempts
	if attempts == 0 {
		attempts = defaultAttempts
	}
	for attempt := 1; ; attempt++ {
		after, final, err := c.once(ctx, call)
		if err == nil || final || ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
		if attempt == attempts {
			return fmt.Errorf("given up after %d attempts: %w", attempts, err)
		}
		if c.Retrying != nil {
			c.Retrying(err, pauseFor(attempt, after))
		}
		if err := c.pause(ctx, attempt, after); err != nil {
			return err
		}
	}
}

// once answers also with how long the API asks to wait, and whether a repeat would change nothing.
func (c Caller) once(ctx context.Context, call func(ctx context.Context) (answer, error)) (after time.Duration, final bool, err error) {
	timeout := c.Timeout
	if timeout == 0 {
		timeout = defaultTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	a, err := call(ctx)
	if err != nil {
		return 0, false, err
	}
	if a.ok {
		return 0, true, nil
	}
	status := a.response.StatusCode
	switch {
	case a.problem != nil:
		err = &ProblemError{Problem: *a.problem}
	default:
		err = fmt.Errorf("%s is not what the API promises: is TRUCKROLL_URL right?", a.response.Status)
	}
	if seconds, bad := strconv.Atoi(a.response.Header.Get("Retry-After")); bad == nil && seconds > 0 {
		after = time.Duration(seconds) * time.Second
	}
	retry := []int{
		http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable,
		http.StatusGatewayTimeout,
	}
	return after, !slices.Contains(retry, status), err
}

func pauseFor(attempt int, after time.Duration) time.Duration {
	pause := min(firstPause<<min(attempt-1, 10), maxPause)
	return min(max(pause, after), 2*maxPause)
}

func (c Caller) pause(ctx context.Context, attempt int, after time.Duration) error {
	d := pauseFor(attempt, after)
	if c.Wait != nil {
		return c.Wait(ctx, d)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
