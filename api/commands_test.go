package api

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/mock"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/mocks"

	"truckroll/dispatch"
)

// answers makes the workflow take every command; see is shown each Update.
func (b *bench) answers(t *testing.T, see func(client.UpdateWorkflowOptions)) {
	t.Helper()
	b.temporal.On("UpdateWorkflow", mock.Anything, mock.Anything).Return(
		func(_ context.Context, o client.UpdateWorkflowOptions) (client.WorkflowUpdateHandle, error) {
			if see != nil {
				see(o)
			}
			req := o.Args[0].(dispatch.Request)
			number := strings.TrimPrefix(o.WorkflowID, "job/")
			return handle(dispatch.Receipt{Number: number, Seq: 2, Status: dispatch.StatusScheduled, At: now, Hash: req.Hash}), nil
		})
}

func handle(receipt dispatch.Receipt) *mocks.WorkflowUpdateHandle {
	h := new(mocks.WorkflowUpdateHandle)
	h.On("Get", mock.Anything, mock.Anything).Run(func(args mock.Arguments) {
		*args.Get(1).(*dispatch.Receipt) = receipt
	}).Return(nil)
	return h
}

func TestCommandIsAnUpdate(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var got client.UpdateWorkflowOptions
	b.answers(t, func(o client.UpdateWorkflowOptions) { got = o })
	rec := b.call(http.MethodPost, "/jobs/"+numberOpen+"/contact-attempts", tokenDispatcher,
		`{"channel":"call","outcome":"reached"}`, "Device-At", "2026-03-02T07:59:00Z")
	if rec.Code != http.StatusOK {
		t.Fatalf("%d: %s", rec.Code, rec.Body)
	}
	req := got.Args[0].(dispatch.Request)
	if got.WorkflowID != "job/"+numberOpen || got.UpdateName != "contact-attempt" || got.UpdateID != "k-1" ||
		got.WaitForStage != client.WorkflowUpdateStageCompleted || req.Actor.ID != "d-1" || req.Commands[0].DeviceAt == nil {
		t.Errorf("%+v", got)
	}
	if strings.Contains(rec.Body.String(), "hash") {
		t.Errorf("the hash is ours: %s", rec.Body)
	}
}

// Temporal answers a known Update id with the first result, whatever is asked.
func TestKeyReused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.temporal.On("UpdateWorkflow", mock.Anything, mock.Anything).Return(handle(dispatch.Receipt{Hash: "another"}), nil)
	rec := b.call(http.MethodPost, "/jobs/"+numberOpen+"/visit/enter", tokenDispatcher, "{}")
	if p := problem(t, rec); rec.Code != http.StatusUnprocessableEntity || p["code"] != "idempotency_key_reused" {
		t.Errorf("%d: %s", rec.Code, rec.Body)
	}
}

func TestWorkflowNotThere(t *testing.T) {
	t.Parallel()
	gone := serviceerror.NewNotFound("workflow execution already completed")
	send := func(b *bench, number string) (int, map[string]any) {
		rec := b.call(http.MethodPost, "/jobs/"+number+"/visit/enter", tokenDispatcher, "{}")
		var body map[string]any
		if err := json.Unmarshal(rec.Body.Bytes(), &body); err != nil {
			t.Fatal(err)
		}
		return rec.Code, body
	}
	t.Run("unknown", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.temporal.On("UpdateWorkflow", mock.Anything, mock.Anything).Return(nil, gone)
		if status, body := send(b, numberUnknown); status != http.StatusNotFound {
			t.Errorf("%d %v", status, body)
		}
	})
	t.Run("ended", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.temporal.On("UpdateWorkflow", mock.Anything, mock.Anything).Return(nil, gone)
		if status, body := send(b, numberEnded); status != http.StatusConflict || body["code"] != "job_ended" {
			t.Errorf("%d %v", status, body)
		}
	})
	t.Run("ended, the first answer again", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.temporal.On("UpdateWorkflow", mock.Anything, mock.Anything).Return(nil, gone)
		req, err := dispatch.NewRequest(dispatch.Actor{}, dispatch.Timed{Command: new(dispatch.Enter)})
		if err != nil {
			t.Fatal(err)
		}
		b.store.receipts[numberEnded+"/k-1"] = dispatch.Receipt{Number: numberEnded, Seq: 7, Hash: req.Hash}
		if status, body := send(b, numberEnded); status != http.StatusOK || body["seq"] != 7.0 {
			t.Errorf("%d %v", status, body)
		}
	})
	t.Run("registered, not started", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.temporal.On("UpdateWorkflow", mock.Anything, mock.Anything).Return(nil, gone).Once()
		b.temporal.On("ExecuteWorkflow", mock.Anything, mock.Anything, dispatch.JobWorkflow, mock.Anything).Return(nil, nil).Once()
		b.answers(t, nil)
		if status, body := send(b, numberOpen); status != http.StatusOK || !slices.Equal(b.store.started, []string{numberOpen}) {
			t.Errorf("%d %v, started %v", status, body, b.store.started)
		}
	})
	t.Run("terminated", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.temporal.On("UpdateWorkflow", mock.Anything, mock.Anything).Return(nil, gone)
		b.temporal.On("ExecuteWorkflow", mock.Anything, mock.Anything, mock.Anything, mock.Anything).
			Return(nil, serviceerror.NewWorkflowExecutionAlreadyStarted("", "", ""))
		if status, body := send(b, numberOpen); status != http.StatusServiceUnavailable || body["code"] != "workflow_gone" {
			t.Errorf("%d %v", status, body)
		}
	})
}

func TestUnknownOutcome(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{
		"timeout":     client.NewWorkflowUpdateServiceTimeoutOrCanceledError(context.DeadlineExceeded),
		"unavailable": serviceerror.NewUnavailable("no frontend"),
		"exhausted":   &serviceerror.ResourceExhausted{Message: "limit"},
	} {
		b := setup(t)
		b.temporal.On("UpdateWorkflow", mock.Anything, mock.Anything).Return(nil, err)
		rec := b.call(http.MethodPost, "/jobs/"+numberOpen+"/visit/enter", tokenDispatcher, "{}")
		p := problem(t, rec)
		if rec.Code != http.StatusServiceUnavailable || rec.Header().Get("Retry-After") == "" || !strings.Contains(p["detail"].(string), "same") {
			t.Errorf("%s: %d: %s", name, rec.Code, rec.Body)
		}
	}
}

func TestRolesAndTerritories(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, tc := range []struct{ method, path, token, body string }{
		{"POST", "/jobs", tokenInstaller, intake},
		{"POST", "/jobs/" + numberScheduled + "/resume", tokenInstaller, "{}"},
		{"PUT", "/territories", tokenDispatcher, `{"territories":[]}`},
		{"GET", "/jobs/" + numberOpen, tokenInstaller, ""},
		{"GET", "/jobs/" + numberOpen, tokenElsewhere, ""},
		{"POST", "/jobs/" + numberOpen + "/contact-attempts", tokenElsewhere, `{"channel":"call","outcome":"reached"}`},
		{"GET", "/installers/i-2/day", tokenInstaller, ""},
		{"GET", "/register/queue?territory=sf", tokenElsewhere, ""},
	} {
		rec := b.call(tc.method, tc.path, tc.token, tc.body)
		if rec.Code != http.StatusForbidden {
			t.Errorf("%s %s as %s: %d %s", tc.method, tc.path, tc.token, rec.Code, rec.Body)
		}
	}
}

// AP-8: an installer sees the job, and not the customer's number.
func TestInstallerSeesNoPhone(t *testing.T) {
	t.Parallel()
	b := setup(t)
	mine := b.call(http.MethodGet, "/jobs/"+numberScheduled, tokenInstaller, "")
	if mine.Code != http.StatusOK || strings.Contains(mine.Body.String(), "+14155550101") {
		t.Errorf("%d: %s", mine.Code, mine.Body)
	}
	desks := b.call(http.MethodGet, "/jobs/"+numberScheduled, tokenDispatcher, "")
	if !strings.Contains(desks.Body.String(), "+14155550101") || !strings.Contains(desks.Body.String(), `"actions":["contact-attempt"`) {
		t.Errorf("%d: %s", desks.Code, desks.Body)
	}
}

// AP-2: without a name the least loaded are offered, and a repeat is known as one.
func TestBookingPicksInstallers(t *testing.T) {
	t.Parallel()
	b := setup(t)
	start := now.Add(2 * time.Hour)
	shift := func(id string) dispatch.Shift {
		return dispatch.Shift{Installer: id, Start: now, End: now.Add(9 * time.Hour)}
	}
	b.store.shifts = []dispatch.Shift{shift("i-1"), shift("i-2"), shift("i-3")}
	b.store.busy = []dispatch.Busy{
		{Installer: "i-1", Start: now.Add(5 * time.Hour), End: now.Add(6 * time.Hour)},
		{Installer: "i-2", Start: start, End: start.Add(time.Hour)},
	}
	var got dispatch.Request
	b.answers(t, func(o client.UpdateWorkflowOptions) { got = o.Args[0].(dispatch.Request) })
	body := `{"start":"` + start.Format(time.RFC3339) + `"}`
	if rec := b.call(http.MethodPost, "/jobs/"+numberOpen+"/appointment", tokenDispatcher, body); rec.Code != http.StatusCreated {
		t.Fatalf("%d: %s", rec.Code, rec.Body)
	}
	c, err := got.Decode()
	if err != nil {
		t.Fatal(err)
	}
	if ids := c[0].(*dispatch.Book).Installers; !slices.Equal(ids, []string{"i-3", "i-1"}) {
		t.Errorf("candidates %v", ids)
	}
	// The repeat: now nobody is free, as this very booking took the time.
	b.store.receipts[numberOpen+"/k-1"] = dispatch.Receipt{Number: numberOpen, Seq: 2, Hash: got.Hash}
	b.store.shifts = nil
	if rec := b.call(http.MethodPost, "/jobs/"+numberOpen+"/appointment", tokenDispatcher, body); rec.Code != http.StatusCreated {
		t.Errorf("repeat: %d: %s", rec.Code, rec.Body)
	}
	rec := b.call(http.MethodPost, "/jobs/"+numberOpen+"/appointment", tokenDispatcher, body, "Idempotency-Key", "k-2")
	if p := problem(t, rec); p["code"] != "slot_taken" || p["rule"] != "AP-2" || p["alternatives"] == nil {
		t.Errorf("%s", rec.Body)
	}
}

// TE-2: nobody holds the skills; the job is registered, and a dispatcher hears of it.
func TestRegisterAlertsAndRepeats(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.temporal.On("ExecuteWorkflow", mock.Anything, mock.Anything, dispatch.JobWorkflow, mock.Anything).Return(nil, nil).Once()
	first := b.call(http.MethodPost, "/jobs", tokenDispatcher, intake)
	if first.Code != http.StatusCreated || !strings.HasPrefix(first.Header().Get("Location"), "/api/v1/jobs/TR") {
		t.Fatalf("%d %s: %s", first.Code, first.Header().Get("Location"), first.Body)
	}
	if n := len(b.store.feed); n != 2 || b.store.feed[1].Entry.Rule != dispatch.RuleCertified || b.store.feed[1].Entry.Alert != dispatch.RoleDispatcher {
		t.Errorf("%+v", b.store.feed)
	}
	again := b.call(http.MethodPost, "/jobs", tokenDispatcher, intake)
	if again.Code != first.Code || again.Body.String() != first.Body.String() {
		t.Errorf("repeat: %d: %s", again.Code, again.Body)
	}
	other := b.call(http.MethodPost, "/jobs", tokenDispatcher, strings.Replace(intake, "Ada", "Bo", 1))
	if p := problem(t, other); p["code"] != "idempotency_key_reused" {
		t.Errorf("%s", other.Body)
	}
}

// A row's mistakes are its own.
func TestImportRows(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.temporal.On("ExecuteWorkflow", mock.Anything, mock.Anything, mock.Anything, mock.Anything).Return(nil, nil)
	rec := b.call(http.MethodPost, "/imports/imp-1/rows", tokenDispatcher,
		`{"rows":[{"line":1,"intake":`+intake+`},{"line":2,"intake":{"external_order":"B-1","kind":7}},{"line":3,"intake":`+
			strings.Replace(intake, "fttr-1000", "dialup", 1)+`}]}`)
	var out struct {
		Results []struct {
			Line           int
			Number, Code   string
			External_order string //nolint:revive // as it is sent
		}
	}
	if err := json.Unmarshal(rec.Body.Bytes(), &out); err != nil || len(out.Results) != 3 {
		t.Fatalf("%d: %s", rec.Code, rec.Body)
	}
	if out.Results[0].Number == "" || out.Results[1].Code != "invalid_value" || out.Results[1].External_order != "B-1" || out.Results[2].Code != "not_servable" {
		t.Errorf("%s", rec.Body)
	}
}

func TestInFlightIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var f inFlight
		var release []func()
		for range maxInFlight {
			r, err := f.acquire(t.Context(), "n")
			if err != nil {
				t.Fatal(err)
			}
			release = append(release, r)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := f.acquire(ctx, "n"); err == nil {
			t.Error("the ninth got through")
		}
		if r, err := f.acquire(ctx, "m"); err != nil {
			t.Logf("another job: %v", err)
		} else {
			r()
		}
		for _, r := range release {
			r()
		}
		if len(f.jobs) != 0 {
			t.Errorf("%d lanes left", len(f.jobs))
		}
	})
}
