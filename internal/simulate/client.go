package simulate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"truckroll/internal/apiclient"
)

// How a call is repeated when its outcome is unknown: with the same Idempotency-Key, as the
// API asks for.
const (
	attempts       = 12
	attemptTimeout = 30 * time.Second
	firstPause     = 200 * time.Millisecond
	longestPause   = 5 * time.Second
	maxAnswer      = 64 << 20
)

// send makes one attempt at a call.
type send func(ctx context.Context) (*http.Response, error)

// answer is what came back: a status below 400 and a body, or a problem.
type answer struct {
	status   int
	body     []byte
	problem  *apiclient.Problem
	attempts int
	took     time.Duration // of the attempt that was answered
}

// api calls truckroll and repeats what got no answer.
type api struct {
	*apiclient.Client

	limit *rate.Limiter
	count *counters
}

func newAPI(o Options, count *counters) (*api, error) {
	auth := apiclient.WithRequestEditorFn(func(_ context.Context, r *http.Request) error {
		r.Header.Set("Authorization", "Bearer "+o.Token)
		return nil
	})
	server := strings.TrimSuffix(strings.TrimSuffix(o.BaseURL, "/"), "/api/v1") + "/api/v1"
	c, err := apiclient.NewClient(server, apiclient.WithHTTPClient(o.HTTP), auth,
		apiclient.WithRequestEditorFn(apiclient.LeaveOutAbsent))
	if err != nil {
		return nil, fmt.Errorf("address of the API: %w", err)
	}
	return &api{Client: c, limit: rate.NewLimiter(rate.Limit(o.MaxRate), 10), count: count}, nil
}

// call sends until there is an answer: success or refusal. An error means that there was
// none, and that what happened is unknown.
func (a *api) call(ctx context.Context, s send) (answer, error) {
	pause := firstPause
	var last error
	for n := 1; n <= attempts; n++ {
		if err := a.limit.Wait(ctx); err != nil {
			return answer{}, err
		}
		ans, after, err := a.once(ctx, s)
		ans.attempts = n
		if err == nil {
			return ans, nil
		}
		if ctx.Err() != nil {
			return answer{}, ctx.Err()
		}
		last = err
		a.count.repeat(err)
		if err := sleep(ctx, max(pause, after)); err != nil {
			return answer{}, err
		}
		pause = min(2*pause, longestPause)
	}
	return answer{}, fmt.Errorf("no answer after %d attempts: %w", attempts, last)
}

// once makes one attempt. The error means that it may be repeated, after a pause.
func (a *api) once(ctx context.Context, s send) (ans answer, after time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	began := time.Now()
	resp, err := s(ctx)
	if err != nil {
		return answer{}, 0, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return answer{}, 0, err
	}
	ans = answer{status: resp.StatusCode, body: body, took: time.Since(began)}
	a.count.answered(ans.status, ans.took)
	if ans.status < http.StatusBadRequest {
		return ans, 0, nil
	}
	ans.problem = new(apiclient.Problem)
	if err := json.Unmarshal(body, ans.problem); err != nil {
		return answer{}, 0, fmt.Errorf("HTTP %d that is no problem document: %.200s", ans.status, bytes.TrimSpace(body))
	}
	if ans.status >= http.StatusInternalServerError || ans.status == http.StatusTooManyRequests {
		seconds, _ := strconv.Atoi(resp.Header.Get("Retry-After"))
		return answer{}, time.Duration(seconds) * time.Second, &unavailableError{ans.status, *ans.problem}
	}
	return ans, 0, nil
}

// unavailableError is an answer that asks to be repeated, or should never have come.
type unavailableError struct {
	status  int
	problem apiclient.Problem
}

func (e *unavailableError) Error() string {
	return fmt.Sprintf("HTTP %d %s: %s (%s)", e.status, e.problem.Code, e.problem.Detail, e.problem.Instance)
}

// refusedError is a refusal where none was expected.
type refusedError struct{ problem apiclient.Problem }

func (e *refusedError) Error() string {
	return fmt.Sprintf("refused with %s %s: %s %s", e.problem.Code, e.problem.Rule, e.problem.Field, e.problem.Detail)
}

// get reads one thing from the API.
func get[T any](ctx context.Context, a *api, s send) (T, error) {
	var out T
	ans, err := a.call(ctx, s)
	if err != nil {
		return out, err
	}
	if ans.problem != nil {
		return out, &refusedError{*ans.problem}
	}
	if err := json.Unmarshal(ans.body, &out); err != nil {
		return out, fmt.Errorf("reading the answer: %w", err)
	}
	return out, nil
}

// sleep waits on a timer; it ends early with an error when ctx does.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// isRefusal reports whether an error is a refusal with this code.
func isRefusal(err error, code apiclient.Code) bool {
	var r *refusedError
	return errors.As(err, &r) && r.problem.Code == code
}
