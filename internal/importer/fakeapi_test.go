package importer

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"truckroll/dispatch"
	"truckroll/internal/apiclient"
)

// fakeAPI speaks the endpoints an import needs, as api/openapi.yaml describes them, and misbehaves when told to.
type fakeAPI struct {
	t *testing.T

	// n counts requests. before may answer itself; after may drop the connection once the work is done; refuse may
	// refuse an order, asked for the round-th time.
	before func(n int, w http.ResponseWriter, r *http.Request) (answered bool)
	after  func(n int) (drop bool)
	refuse func(in dispatch.Intake, round int) dispatch.Code

	mu       sync.Mutex
	orders   map[string]string  // service numbers by external order
	rounds   map[string]int     // how often an order was asked for
	byKey    map[string]carried // by Idempotency-Key
	done     int                // requests carried out, not counting repeats
	imports  int
	stored   map[string]int // by path
	standard string
	seen     int // requests
	inFlight int
	busiest  int
}

// carried is a request and the answer that it got.
type carried struct {
	request string
	status  int
	answer  string
}

func newFakeAPI(t *testing.T) (*fakeAPI, string) {
	t.Helper()
	f := &fakeAPI{t: t, orders: map[string]string{}, byKey: map[string]carried{}, stored: map[string]int{}, rounds: map[string]int{}}
	srv := httptest.NewServer(f)
	t.Cleanup(srv.Close)
	return f, srv.URL
}

func (f *fakeAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n := f.enter()
	defer f.leave()
	if r.Header.Get("Authorization") != "Bearer secret" {
		problem(w, http.StatusUnauthorized, dispatch.CodeUnauthenticated, "Log in first.")
		return
	}
	if f.before != nil && f.before(n, w, r) {
		return
	}
	content, _ := io.ReadAll(r.Body)
	got := f.once(r, content)
	if f.after != nil && f.after(n) {
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("Content-Type", "application/json")
	if got.status >= http.StatusBadRequest {
		w.Header().Set("Content-Type", "application/problem+json")
	}
	w.WriteHeader(got.status)
	_, _ = io.WriteString(w, got.answer)
}

func (f *fakeAPI) enter() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seen++
	f.inFlight++
	f.busiest = max(f.busiest, f.inFlight)
	return f.seen
}

func (f *fakeAPI) leave() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.inFlight--
}

// once carries a request out unless its key was seen; then the first answer comes again.
func (f *fakeAPI) once(r *http.Request, content []byte) carried {
	f.mu.Lock()
	defer f.mu.Unlock()
	key := r.Header.Get("Idempotency-Key")
	if key == "" || len(key) > 128 || strings.ContainsAny(key, " \n") {
		f.t.Errorf("%q is no Idempotency-Key", key)
	}
	request := r.URL.Path + string(content)
	had, ok := f.byKey[key]
	if ok && had.request != request {
		f.t.Errorf("the key %s was used for another request", key)
	}
	if !ok {
		f.done++
		had = carried{request: request}
		had.status, had.answer = f.carryOut(r.URL.Path, content)
		f.byKey[key] = had
	}
	return had
}

func (f *fakeAPI) carryOut(path string, content []byte) (int, string) {
	switch path = strings.TrimPrefix(path, "/api/v1"); {
	case path == "/standards":
		f.standard = string(content)
		return http.StatusCreated, `{"version":"x","name":"x","in_force_from":"2026-01-01T00:00:00Z"}`
	case path == "/imports":
		f.imports++
		return http.StatusCreated, fmt.Sprintf(`{"id":"imp-%d","name":"x","started_at":"2026-01-01T00:00:00Z",`+
			`"rows":0,"created":0,"repeated":0,"refused":0}`, f.imports)
	case strings.HasSuffix(path, "/rows"):
		return f.register(content)
	}
	var lists map[string][]struct {
		Phone string `json:"phone"`
	}
	if err := json.Unmarshal(content, &lists); err != nil || len(lists) != 1 {
		return http.StatusBadRequest, `{"code":"bad_request","status":400}`
	}
	for _, list := range lists {
		for _, item := range list {
			if item.Phone == "bad" {
				return http.StatusUnprocessableEntity,
					`{"code":"invalid_value","status":422,"field":"phone","detail":"The phone is wrong.","rule":"IN-1"}`
			}
		}
		f.stored[path] += len(list)
	}
	return http.StatusOK, `{"stored":1}`
}

func (f *fakeAPI) register(content []byte) (int, string) {
	var request apiclient.ImportRows
	if err := json.Unmarshal(content, &request); err != nil || len(request.Rows) == 0 || len(request.Rows) > 500 {
		return http.StatusBadRequest, `{"code":"bad_request","status":400}`
	}
	var results apiclient.RowResults
	for _, row := range request.Rows {
		var in dispatch.Intake
		if err := json.Unmarshal(row.Intake, &in); err != nil {
			f.t.Error(err)
		}
		f.rounds[in.ExternalOrder]++
		result := apiclient.RowResult{Line: row.Line, ExternalOrder: in.ExternalOrder}
		if f.refuse != nil {
			result.Code = f.refuse(in, f.rounds[in.ExternalOrder])
		}
		if result.Code == "" {
			number, had := f.orders[in.ExternalOrder]
			if !had {
				number = fmt.Sprintf("TR%09d", len(f.orders)+1)
				f.orders[in.ExternalOrder] = number
			}
			result.Number, result.Created = number, !had
		} else {
			result.Rule, result.Reason = "IN-2", "It cannot be served."
		}
		results.Results = append(results.Results, result)
	}
	answer, err := json.Marshal(results)
	if err != nil {
		f.t.Error(err)
	}
	return http.StatusOK, string(answer)
}

func problem(w http.ResponseWriter, status int, code dispatch.Code, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Retry-After", "3")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `{"status":%d,"code":%q,"detail":%q}`, status, code, detail)
}

// sender is a Sender whose waits are noted instead of slept.
func sender(t *testing.T, url, run string) (*Sender, *[]time.Duration) {
	t.Helper()
	api, err := apiclient.NewClientWithResponses(url+"/api/v1", apiclient.WithRequestEditorFn(
		func(_ context.Context, r *http.Request) error {
			r.Header.Set("Authorization", "Bearer secret")
			return nil
		}))
	require.NoError(t, err)
	var mu sync.Mutex
	waits := &[]time.Duration{}
	return NewSender(api, Caller{Wait: func(ctx context.Context, d time.Duration) error {
		mu.Lock()
		defer mu.Unlock()
		*waits = append(*waits, d)
		return ctx.Err()
	}}, run), waits
}

// runPlan imports and answers with the report and the CSV of refused lines.
func runPlan(t *testing.T, plan *Plan, s *Sender, opts Options) (*Report, string, error) {
	t.Helper()
	var refused bytes.Buffer
	report, err := NewReport(&refused)
	require.NoError(t, err)
	err = Run(t.Context(), plan, s, opts, report)
	return report, refused.String(), err
}
