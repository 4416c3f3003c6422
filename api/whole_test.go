package api

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/stretchr/testify/mock"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/mocks"
	"go.temporal.io/sdk/temporal"

	"truckroll/dispatch"
	"truckroll/internal/blob"
	"truckroll/internal/postgres"
	"truckroll/internal/testkit"
)

// field is the API over a real database; in the place of Temporal, commands are run by the
// domain as the workflow would run them. Every answer is checked against the description.
type field struct {
	t     *testing.T
	store *postgres.Store
	url   string
	find  func(*http.Request) (*openapi3filter.RequestValidationInput, error)
	now   time.Time
	keys  int
}

func newField(t *testing.T) *field {
	t.Helper()
	f := &field{t: t, store: postgres.New(testkit.Postgres(t, postgres.Migrate)), now: time.Now().UTC().Truncate(time.Hour).Add(24 * time.Hour)}
	f.now = time.Date(f.now.Year(), f.now.Month(), f.now.Day(), 9, 0, 0, 0, time.UTC)
	f.store.Now = func() time.Time { return f.now }
	for token, actor := range map[string]dispatch.Actor{
		tokenSupervisor: {Role: dispatch.RoleSupervisor, ID: "s-1"}, tokenInstaller: {Role: dispatch.RoleInstaller, ID: "i-1"},
	} {
		if err := f.store.PutToken(t.Context(), token, postgres.Identity{Actor: actor}, "test", nil); err != nil {
			t.Fatal(err)
		}
	}
	files, err := blob.OpenFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	c := new(mocks.Client)
	c.On("ExecuteWorkflow", mock.Anything, mock.Anything, dispatch.JobWorkflow, mock.Anything).Return(nil, nil)
	c.On("CheckHealth", mock.Anything, mock.Anything).Return(nil, nil)
	c.On("UpdateWorkflow", mock.Anything, mock.Anything).Return(f.update)
	srv := httptest.NewServer(New(Deps{
		Store: f.store, Temporal: c, Files: files, Log: slog.New(slog.DiscardHandler), Now: f.store.Now, Stop: t.Context(),
	}))
	t.Cleanup(srv.Close)
	f.url = srv.URL

	doc, err := openapi3.NewLoader().LoadFromData(Description())
	if err != nil {
		t.Fatal(err)
	}
	doc.Servers = openapi3.Servers{{URL: srv.URL + basePath}}
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	f.find = func(r *http.Request) (*openapi3filter.RequestValidationInput, error) {
		route, params, err := router.FindRoute(r)
		return &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route}, err
	}
	return f
}

// update does what the workflow does with a command.
func (f *field) update(ctx context.Context, o client.UpdateWorkflowOptions) (client.WorkflowUpdateHandle, error) {
	req, number := o.Args[0].(dispatch.Request), strings.TrimPrefix(o.WorkflowID, "job/")
	receipt, err := f.run(ctx, number, o.UpdateID, req)
	if r, ok := errors.AsType[*dispatch.Refusal](err); ok {
		return nil, temporal.NewApplicationErrorWithOptions(r.Message, string(r.Code), temporal.ApplicationErrorOptions{Details: []any{*r}})
	}
	return handle(receipt), err
}

func (f *field) run(ctx context.Context, number, key string, req dispatch.Request) (dispatch.Receipt, error) {
	if receipt, ok, err := f.store.Recall(ctx, number, key); ok || err != nil {
		return receipt, err
	}
	rec, err := f.store.Job(ctx, number)
	if err != nil {
		return dispatch.Receipt{}, err
	}
	std, err := f.store.Standard(ctx, rec.Job.Standard)
	if err != nil {
		return dispatch.Receipt{}, err
	}
	hash := req.Hash
	if res, ok := req.Reserves(std, &rec.Job, key); ok {
		w, err := f.store.Reserve(ctx, res)
		if err != nil {
			return dispatch.Receipt{}, err
		}
		if req, err = req.Narrow(w.Installer); err != nil {
			return dispatch.Receipt{}, err
		}
	}
	out, err := dispatch.Do(std, rec.Job, req, f.now)
	if err != nil {
		return dispatch.Receipt{}, err
	}
	c := dispatch.NewCommit(std, key, hash, out)
	return c.Receipt, f.store.Commit(ctx, c)
}

// send calls the API and checks the answer against the description; into may be nil.
func (f *field) send(token, method, path string, body any, want int, into any) string {
	f.t.Helper()
	contentType, raw := "application/json", []byte(nil)
	switch b := body.(type) {
	case nil:
	case []byte:
		contentType, raw = http.DetectContentType(b), b
	case string:
		contentType, raw = "application/yaml", []byte(b)
	default:
		var err error
		if raw, err = json.Marshal(body); err != nil {
			f.t.Fatal(err)
		}
	}
	req, err := http.NewRequestWithContext(f.t.Context(), method, f.url+basePath+path, bytes.NewReader(raw))
	if err != nil {
		f.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	if method != http.MethodGet {
		f.keys++
		req.Header.Set("Idempotency-Key", f.t.Name()+"-"+time.Duration(f.keys).String())
		if body != nil {
			req.Header.Set("Content-Type", contentType)
		}
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		f.t.Fatal(err)
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	if err != nil {
		f.t.Fatal(err)
	}
	if res.StatusCode != want {
		f.t.Fatalf("%s %s: %d, not %d: %s", method, path, res.StatusCode, want, got)
	}
	input, err := f.find(req)
	if err != nil {
		f.t.Fatalf("%s %s: %v", method, path, err)
	}
	// Bodies that are no JSON are not checked: the description says nothing of their inside.
	if strings.Contains(res.Header.Get("Content-Type"), "json") {
		err = openapi3filter.ValidateResponse(f.t.Context(), &openapi3filter.ResponseValidationInput{
			RequestValidationInput: input, Status: res.StatusCode, Header: res.Header, Body: io.NopCloser(bytes.NewReader(got)),
			Options: &openapi3filter.Options{IncludeResponseStatus: true},
		})
		if err != nil {
			f.t.Errorf("%s %s is not as described: %v", method, path, err)
		}
	}
	if into != nil {
		if err := json.Unmarshal(got, into); err != nil {
			f.t.Fatal(err)
		}
	}
	return string(got)
}

type obj = map[string]any

// A job from its registration to the customer's answer, and every list on the way.
func TestWholeJobOverHTTP(t *testing.T) {
	t.Parallel()
	f := newField(t)
	const boss = tokenSupervisor
	at := func(hours int) string { return f.now.Add(time.Duration(hours) * time.Hour).Format(time.RFC3339) }
	f.send(boss, "PUT", "/territories", obj{"territories": []obj{{
		"id": "sf", "name": "San Francisco", "time_zone": "UTC", "center": obj{"latitude": 0, "longitude": 0}, "radius_m": 20000, "hotline": "+14155550199",
	}}}, 200, nil)
	f.send(boss, "PUT", "/installers", obj{"installers": []obj{{
		"id": "i-1", "name": "Chen Wei", "phone": "+14155550117", "territory": "sf",
		"certificates": []obj{{"skill": "fiber_install", "valid_until": f.now.AddDate(1, 0, 0)}},
	}}}, 200, nil)
	f.send(boss, "PUT", "/shifts", obj{"shifts": []obj{{"installer": "i-1", "start": at(-1), "end": at(9), "max_jobs": 5}}}, 200, nil)

	stream := f.listen()
	var reg struct{ Number string }
	f.send(boss, "POST", "/jobs", json.RawMessage(intake), 201, &reg)
	f.send(boss, "POST", "/jobs", json.RawMessage(intake), 200, nil) // another key: IN-1
	if got := stream(); !strings.Contains(got, reg.Number) || !strings.Contains(got, "job.registered") {
		t.Errorf("event %q", got)
	}
	var other struct{ Number string }
	f.send(boss, "POST", "/jobs", json.RawMessage(strings.Replace(intake, "A-1", "A-2", 1)), 201, &other)
	job := "/jobs/" + reg.Number
	f.send(boss, "GET", job, nil, 200, nil)
	f.send(boss, "GET", job+"/slots?near="+url.QueryEscape(at(2)), nil, 200, nil)
	f.send(boss, "POST", job+"/contact-attempts", obj{"channel": "call", "outcome": "reached"}, 200, nil)
	f.send(boss, "POST", job+"/appointment", obj{"start": at(-1)}, 422, nil)
	f.send(boss, "POST", job+"/appointment", obj{"start": at(30)}, 409, nil)
	f.send(boss, "POST", job+"/appointment", obj{"start": at(2), "wish": true}, 201, nil)
	f.send(boss, "PATCH", job+"/appointment", obj{"start": at(3), "by": "customer"}, 200, nil)
	f.send(boss, "POST", job+"/assignment", obj{}, 200, nil)
	f.send(boss, "POST", job+"/delay", obj{"expected_at": at(4)}, 200, nil)
	f.send(boss, "POST", job+"/delay/answer", obj{"answer": "accepts"}, 200, nil)

	const me = tokenInstaller
	f.send(me, "GET", "/installers/i-1/day?date="+f.now.Format(time.DateOnly), nil, 200, nil)
	f.now = f.now.Add(3 * time.Hour)
	f.send(me, "POST", job+"/visit/depart", obj{}, 409, nil)
	f.send(me, "POST", job+"/visit/batch", obj{"commands": []obj{
		{"do": "depart", "device_at": at(0), "with": obj{"tools_checked": true, "parts_checked": true, "packed": standard().Pack}},
		{"do": "arrive", "device_at": at(0)}, {"do": "enter", "device_at": at(0)},
	}}, 200, nil)
	f.send(me, "POST", job+"/visit/no-access", obj{}, 409, nil)
	f.send(me, "POST", job+"/visit/tests", obj{
		"resources": obj{"port_matches": true, "line_matches": true}, "authentication": obj{"in_sync": true},
		"optical_power": obj{"dbm": -18.5}, "speed": obj{"mbps": 990},
	}, 200, nil)
	f.send(me, "POST", job+"/visit/complete", obj{}, 409, nil)
	for _, step := range standard().Plan(dispatch.KindInstall).Steps {
		values := obj{}
		for _, v := range step.Values {
			values[v] = "yes"
		}
		f.send(me, "POST", job+"/visit/steps", obj{"step": step.ID, "values": values}, 200, nil)
	}
	var photo struct{ SHA256 string }
	for i, kind := range standard().Plan(dispatch.KindInstall).RequiredPhotos(false) {
		f.send(me, "POST", job+"/visit/photos?kind="+kind, picture(t, 3, 3+i), 200, &photo)
	}
	f.send(boss, "GET", job+"/files/"+photo.SHA256+"?as=original", nil, 200, nil)
	f.send(me, "GET", job+"/files/"+photo.SHA256+"?as=original", nil, 403, nil)
	var session struct{ Token string }
	f.send(me, "POST", job+"/visit/signing-session", nil, 201, &session)
	sign := obj{"signer": "customer", "consent": "consent-1", "strokes": [][]obj{{{"x": 1, "y": 2}, {"x": 3, "y": 4, "t": 5}}}}
	f.send(me, "POST", job+"/visit/signature", sign, 403, nil)
	f.send(session.Token, "POST", "/jobs/"+other.Number+"/visit/signature", sign, 403, nil)
	f.send(session.Token, "POST", job+"/visit/complete", obj{}, 403, nil)
	f.send(session.Token, "POST", job+"/visit/signature", sign, 200, nil)
	f.send(me, "POST", job+"/visit/complete", obj{}, 200, nil)
	f.send(boss, "POST", job+"/follow-up", obj{"score": 9}, 200, nil)
	f.send(boss, "POST", job+"/hold", obj{}, 409, nil)

	for _, path := range []string{
		job, job + "/timeline", job + "/timeline?limit=2", "/jobs", "/jobs?text=Ada&status=closed&kind=install&territory=sf&sort=newest",
		"/jobs?sort=work&limit=1", "/jobs?broken_rule=AP-6&installer=i-1", "/installers", "/territories", "/shifts?territory=sf&from=" + url.QueryEscape(at(-9)) + "&to=" + url.QueryEscape(at(9)),
		"/shifts?installer=i-1&from=" + url.QueryEscape(at(-9)) + "&to=" + url.QueryEscape(at(9)),
		"/register/left-over", "/register/unreconciled", "/register/queue?territory=sf", "/register/attention?all=true", "/call-list",
		"/messages", "/messages?number=" + reg.Number + "&status=queued", "/standards", "/standards/current", "/standards/broadband-2",
		"/reports/kpi?from=" + url.QueryEscape(at(-24)) + "&to=" + url.QueryEscape(at(24)), "/healthz", "/readyz",
	} {
		f.send(boss, "GET", path, nil, 200, nil)
	}
	csv := f.send(boss, "GET", "/reports/kpi?format=csv&from="+url.QueryEscape(at(-24))+"&to="+url.QueryEscape(at(24)), nil, 200, nil)
	if !strings.HasPrefix(csv, "name,unit,value") {
		t.Errorf("%s", csv)
	}
	f.send(boss, "GET", "/standards/none-1", nil, 404, nil)
	f.send(boss, "GET", "/jobs?cursor=abc", nil, 400, nil)
	f.send(boss, "POST", "/standards", strings.Replace(string(dispatch.DefaultStandard()), "version: broadband-2", "version: broadband-3", 1), 201, nil)
	f.send(boss, "POST", "/standards", strings.Replace(string(dispatch.DefaultStandard()), "reschedule_notice: 2h", "reschedule_notice: 3h", 1), 409, nil)
}

// IN-1, IN-2, TE-2: an import's rows, its report, and what somebody has to look at.
func TestImportOverHTTP(t *testing.T) {
	t.Parallel()
	f := newField(t)
	const boss = tokenSupervisor
	f.send(boss, "PUT", "/territories", obj{"territories": []obj{{
		"id": "sf", "name": "San Francisco", "time_zone": "UTC", "center": obj{"latitude": 0, "longitude": 0}, "radius_m": 20000, "hotline": "+14155550199",
	}}}, 200, nil)
	var imp struct {
		ID                               string
		Rows, Created, Repeated, Refused int
	}
	f.send(boss, "POST", "/imports", obj{"name": "orders.csv"}, 201, &imp)
	row := func(line int, in string) obj { return obj{"line": line, "intake": json.RawMessage(in)} }
	rows := obj{"rows": []obj{row(2, intake), row(3, intake), row(4, `{"external_order":"B-1"}`)}}
	f.send(boss, "POST", "/imports/"+imp.ID+"/rows", rows, 200, nil)
	f.send(boss, "GET", "/imports/"+imp.ID, nil, 200, &imp)
	if imp.Rows != 3 || imp.Created != 1 || imp.Repeated != 1 || imp.Refused != 1 {
		t.Errorf("%+v", imp)
	}
	var alerts struct {
		Items []struct {
			Number string
			Entry  dispatch.Entry
		}
	}
	f.send(boss, "GET", "/register/attention", nil, 200, &alerts)
	if len(alerts.Items) != 1 || alerts.Items[0].Entry.Rule != dispatch.RuleCertified {
		t.Fatalf("%+v", alerts)
	}
	f.send(boss, "POST", "/register/attention/"+alerts.Items[0].Number+"/2/ack", nil, 200, nil)
	f.send(boss, "GET", "/register/attention", nil, 200, &alerts)
	if len(alerts.Items) != 0 {
		t.Errorf("%+v", alerts)
	}
}

// listen opens an event stream and returns what reads its next event.
func (f *field) listen() func() string {
	f.t.Helper()
	req, err := http.NewRequestWithContext(f.t.Context(), http.MethodGet, f.url+basePath+"/events", nil)
	if err != nil {
		f.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+tokenSupervisor)
	res, err := http.DefaultClient.Do(req)
	if err != nil || res.StatusCode != http.StatusOK {
		f.t.Fatal(res, err)
	}
	f.t.Cleanup(func() { res.Body.Close() })
	lines := bufio.NewScanner(res.Body)
	return func() string {
		for lines.Scan() {
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				return data
			}
		}
		return "the stream ended"
	}
}
