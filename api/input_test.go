package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/png"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/mock"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"truckroll/dispatch"
)

func record(b *bench, req *http.Request) *httptest.ResponseRecorder {
	rec := httptest.NewRecorder()
	b.echo.ServeHTTP(rec, req)
	return rec
}

// problem checks the shape of RFC 9457 and returns the body.
func problem(t *testing.T, rec *httptest.ResponseRecorder) map[string]any {
	t.Helper()
	if got := rec.Header().Get("Content-Type"); got != "application/problem+json" {
		t.Fatalf("%d, content type %q: %s", rec.Code, got, rec.Body)
	}
	var p map[string]any
	if err := json.Unmarshal(rec.Body.Bytes(), &p); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"type", "title", "detail", "code", "instance"} {
		if s, ok := p[name].(string); !ok || s == "" {
			t.Errorf("no %s in %s", name, rec.Body)
		}
	}
	if p["status"] != float64(rec.Code) {
		t.Errorf("status %v in the body, %d in the answer", p["status"], rec.Code)
	}
	return p
}

const intake = `{"external_order":"A-1","kind":"install","channel":"online","customer":{"name":"Ada","phone":"+14155550100",` +
	`"address":"12 Pine St","place":{"latitude":0,"longitude":0}},"product":"fttr-1000"}`

// Whatever comes in, the answer is a problem of the caller's, never ours.
func TestBadInput(t *testing.T) {
	t.Parallel()
	book := "/jobs/" + numberOpen + "/appointment"
	long := strings.Repeat("x", 2000)
	for name, tc := range map[string]struct {
		method, path, body string
		headers            []string
		code               dispatch.Code
		field              string
	}{
		"malformed":            {"POST", "/jobs", `{"kind":`, nil, "bad_request", ""},
		"empty body":           {"POST", "/jobs", "", nil, "bad_request", ""},
		"null":                 {"POST", "/jobs", "null", nil, "bad_request", ""},
		"an array":             {"POST", "/jobs", "[]", nil, "bad_request", ""},
		"two values":           {"POST", "/jobs", intake + intake, nil, "bad_request", ""},
		"not UTF-8":            {"POST", "/jobs", strings.Replace(intake, "Ada", "\xff\xfe", 1), nil, "bad_request", ""},
		"NUL":                  {"POST", "/jobs", strings.Replace(intake, "Ada", `A\u0000`, 1), nil, "invalid_value", ""},
		"unknown field":        {"POST", "/jobs", strings.Replace(intake, `"kind"`, `"x":1,"kind"`, 1), nil, "bad_request", "x"},
		"unknown nested":       {"POST", "/jobs", strings.Replace(intake, `"name"`, `"x":1,"name"`, 1), nil, "bad_request", "customer.x"},
		"other case":           {"POST", "/jobs", strings.Replace(intake, `"kind"`, `"Kind"`, 1), nil, "bad_request", ""},
		"wrong type":           {"POST", "/jobs", strings.Replace(intake, `"Ada"`, `7`, 1), nil, "bad_request", "customer.name"},
		"a huge number":        {"POST", "/jobs", strings.Replace(intake, `"latitude":0`, `"latitude":1e400`, 1), nil, "bad_request", ""},
		"not a duration":       {"POST", "/jobs", strings.Replace(intake, `"kind"`, `"work_time":"soon","kind"`, 1), nil, "invalid_value", "work_time"},
		"an endless duration":  {"POST", "/jobs", strings.Replace(intake, `"kind"`, `"work_time":"99999999999999h","kind"`, 1), nil, "bad_request", ""},
		"too long":             {"POST", "/jobs", strings.Replace(intake, "Ada", long, 1), nil, "invalid_value", "customer.name"},
		"not a kind":           {"POST", "/jobs", strings.Replace(intake, "install", "explode", 1), nil, "invalid_value", "kind"},
		"not a phone":          {"POST", "/jobs", strings.Replace(intake, "+14155550100", "0800", 1), nil, "invalid_value", "customer.phone"},
		"no such date":         {"POST", book, `{"start":"2026-02-30T09:00:00Z"}`, nil, "bad_request", ""},
		"not a time":           {"POST", book, `{"start":"tomorrow"}`, nil, "bad_request", "start"},
		"the year 9999":        {"POST", book, `{"start":"9999-12-31T23:59:59-23:00"}`, nil, "invalid_value", "start"},
		"the year 1":           {"POST", book, `{"start":"0001-02-01T00:00:00Z"}`, nil, "invalid_value", "start"},
		"no start":             {"POST", book, `{}`, nil, "bad_request", "start"},
		"oversized":            {"POST", "/jobs", `{"kind":"` + strings.Repeat("x", 1<<20) + `"}`, nil, "too_large", ""},
		"no key":               {"POST", "/jobs", intake, []string{"Idempotency-Key", ""}, "idempotency_key_missing", "Idempotency-Key"},
		"a long key":           {"POST", "/jobs", intake, []string{"Idempotency-Key", strings.Repeat("k", 129)}, "bad_request", "Idempotency-Key"},
		"a key with a space":   {"POST", "/jobs", intake, []string{"Idempotency-Key", "a b"}, "bad_request", "Idempotency-Key"},
		"form encoding":        {"POST", "/jobs", "a=b", []string{"Content-Type", "application/x-www-form-urlencoded"}, "unsupported_media_type", ""},
		"no content type":      {"POST", "/jobs", intake, []string{"Content-Type", ""}, "unsupported_media_type", ""},
		"bad device time":      {"POST", "/jobs/" + numberOpen + "/visit/enter", "{}", []string{"Device-At", "noon"}, "bad_request", "Device-At"},
		"device year 9999":     {"POST", "/jobs/" + numberOpen + "/visit/enter", "{}", []string{"Device-At", "9999-12-31T23:59:59-23:00"}, "invalid_value", "Device-At"},
		"unknown number":       {"GET", "/jobs/" + numberUnknown, "", nil, "not_found", ""},
		"wrong check digit":    {"GET", "/jobs/TR000000019", "", nil, "not_found", "number"},
		"no number":            {"GET", "/jobs/x", "", nil, "not_found", "number"},
		"unknown path":         {"GET", "/nothing", "", nil, "not_found", ""},
		"unknown import":       {"GET", "/imports/imp-2", "", nil, "not_found", ""},
		"unknown query":        {"GET", "/jobs?stat=received", "", nil, "bad_request", ""},
		"unknown status":       {"GET", "/jobs?status=lost", "", nil, "bad_request", "status"},
		"limit of zero":        {"GET", "/jobs?limit=0", "", nil, "bad_request", "limit"},
		"limit of words":       {"GET", "/jobs?limit=ten", "", nil, "bad_request", "limit"},
		"NUL in a query":       {"GET", "/jobs?text=%00", "", nil, "bad_request", "text"},
		"not UTF-8 in a query": {"GET", "/jobs?text=%ff", "", nil, "bad_request", "text"},
		"slots backwards": {
			"GET", "/jobs/" + numberOpen + "/slots?from=2026-04-02T00:00:00Z&to=2026-04-01T00:00:00Z", "", nil, "invalid_value", "to",
		},
		"batch of nothing":   {"POST", "/jobs/" + numberOpen + "/visit/batch", `{"commands":[]}`, nil, "invalid_value", "commands"},
		"photo in a batch":   {"POST", "/jobs/" + numberOpen + "/visit/batch", `{"commands":[{"do":"photo"}]}`, nil, "invalid_value", "commands.0.do"},
		"bad batch body":     {"POST", "/jobs/" + numberOpen + "/visit/batch", `{"commands":[{"do":"arrive","with":{"x":1}}]}`, nil, "bad_request", "commands.0.with.x"},
		"NUL in a batch":     {"POST", "/jobs/" + numberOpen + "/visit/batch", `{"commands":[{"do":"enter","with":{"note":"\u0000"}}]}`, nil, "invalid_value", ""},
		"two signatures":     {"POST", "/jobs/" + numberScheduled + "/visit/signature", `{"signer":"customer"}`, nil, "invalid_value", "strokes"},
		"not base64":         {"POST", "/jobs/" + numberScheduled + "/visit/signature", `{"signer":"customer","image":"!!"}`, nil, "bad_request", ""},
		"signature no image": {"POST", "/jobs/" + numberScheduled + "/visit/signature", `{"signer":"customer","image":"AAAA"}`, nil, "invalid_value", "image"},
		"too many rows":      {"POST", "/imports/imp-1/rows", `{"rows":[` + strings.TrimSuffix(strings.Repeat(`{"line":1,"intake":{}},`, 501), ",") + `]}`, nil, "invalid_value", "rows"},
		"not YAML":           {"POST", "/standards", "version: [", []string{"Content-Type", "application/yaml"}, "invalid_value", ""},
		"a huge standard": {
			"POST", "/standards", strings.Repeat("#", dispatch.MaxStandardBytes+1), []string{"Content-Type", "application/yaml"}, "too_large", "",
		},
		"photo not an image": {"POST", "/jobs/" + numberScheduled + "/visit/photos?kind=splitter_label", "hello", []string{"Content-Type", "image/png"}, "photo_unreadable", ""},
		"photo cut off":      {"POST", "/jobs/" + numberScheduled + "/visit/photos?kind=splitter_label", "\x89PNG\r\n\x1a\n", []string{"Content-Type", "image/png"}, "photo_unreadable", ""},
		"photo kind":         {"POST", "/jobs/" + numberScheduled + "/visit/photos?kind=%3Cb%3E", "x", []string{"Content-Type", "image/png"}, "bad_request", "kind"},
		"photo place":        {"POST", "/jobs/" + numberScheduled + "/visit/photos?kind=a&latitude=NaN&longitude=1", "x", []string{"Content-Type", "image/png"}, "bad_request", ""},
		"no form":            {"POST", "/jobs/" + numberScheduled + "/visit/photos", "x", []string{"Content-Type", "multipart/form-data; boundary=b"}, "invalid_value", "kind"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rec := setup(t).call(tc.method, tc.path, tokenSupervisor, tc.body, tc.headers...)
			if rec.Code < 400 || rec.Code > 499 {
				t.Fatalf("%d: %s", rec.Code, rec.Body)
			}
			p := problem(t, rec)
			if p["code"] != string(tc.code) || tc.field != "" && p["field"] != tc.field {
				t.Errorf("code %v, field %v: %s", p["code"], p["field"], rec.Body)
			}
		})
	}
}

func TestMethodNotAllowed(t *testing.T) {
	t.Parallel()
	rec := setup(t).call(http.MethodDelete, "/jobs", tokenSupervisor, "")
	if rec.Code != http.StatusMethodNotAllowed || rec.Header().Get("Allow") == "" {
		t.Errorf("%d, Allow %q", rec.Code, rec.Header().Get("Allow"))
	}
	problem(t, rec)
}

// Each code of the domain comes out as the problem its table says, wherever it arose.
func TestEveryCodeIsAProblem(t *testing.T) {
	t.Parallel()
	from := now
	for code, info := range dispatch.Codes {
		t.Run(string(code), func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			refusal := dispatch.Refusal{
				Code: code, Rule: dispatch.RuleDoorWait, Message: "Wait.", Field: "start", AllowedFrom: &from, AllowedUntil: &from,
				Missing:      []dispatch.Missing{{Rule: dispatch.RulePacked, What: "tools", Say: "check the tools"}},
				Alternatives: []dispatch.Window{{Start: from, End: from}},
			}
			b.temporal.On("UpdateWorkflow", mock.Anything, mock.Anything).
				Return(nil, temporal.NewApplicationErrorWithOptions("Wait.", string(code), temporal.ApplicationErrorOptions{Details: []any{refusal}}))
			rec := b.call(http.MethodPost, "/jobs/"+numberOpen+"/visit/enter", tokenDispatcher, "{}")
			p := problem(t, rec)
			if rec.Code != info.HTTP || p["title"] != info.Title || p["code"] != string(code) {
				t.Errorf("%d: %s", rec.Code, rec.Body)
			}
			if info.HTTP == http.StatusServiceUnavailable && rec.Header().Get("Retry-After") == "" {
				t.Error("no Retry-After")
			}
			if code == dispatch.CodeInternal {
				if p["rule"] != nil {
					t.Errorf("internal tells too much: %s", rec.Body)
				}
				return
			}
			for _, name := range []string{"rule", "field", "missing", "allowed_from", "allowed_until", "alternatives"} {
				if p[name] == nil {
					t.Errorf("no %s: %s", name, rec.Body)
				}
			}
		})
	}
}

// What is not a refusal is answered without its details.
func TestInternalErrorsSayNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.temporal.On("UpdateWorkflow", mock.Anything, mock.Anything).Return(nil, errors.New("password=hunter2"))
	rec := b.call(http.MethodPost, "/jobs/"+numberOpen+"/visit/enter", tokenDispatcher, "{}")
	if p := problem(t, rec); rec.Code != http.StatusInternalServerError || strings.Contains(fmt.Sprint(p), "hunter2") {
		t.Errorf("%d: %s", rec.Code, rec.Body)
	}
	// A panic is one of them: the fake store does not have this list.
	rec = b.call(http.MethodGet, "/register/queue", tokenDispatcher, "")
	if problem(t, rec); rec.Code != http.StatusInternalServerError {
		t.Errorf("%d: %s", rec.Code, rec.Body)
	}
}

func picture(t *testing.T, w, h int) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := png.Encode(&buf, image.NewGray(image.Rect(0, 0, w, h))); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func TestPhotoUpload(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var sent []dispatch.AddPhoto
	b.answers(t, func(o client.UpdateWorkflowOptions) {
		c, err := o.Args[0].(dispatch.Request).Decode()
		if err != nil {
			t.Error(err)
		}
		sent = append(sent, *c[0].(*dispatch.AddPhoto))
	})
	content := picture(t, 4, 4)
	path := "/jobs/" + numberScheduled + "/visit/photos"
	raw := b.call(http.MethodPost, path+"?kind=splitter_label&taken_at=2026-03-02T08:00:00Z&latitude=1&longitude=2", tokenInstaller,
		string(content), "Content-Type", "image/png")
	if raw.Code != http.StatusOK {
		t.Fatalf("%d: %s", raw.Code, raw.Body)
	}
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part, _ := w.CreateFormFile("photo", "p.png")
	_, _ = part.Write(content)
	_ = w.WriteField("kind", "splitter_label")
	_ = w.Close()
	multi := b.call(http.MethodPost, path, tokenInstaller, form.String(), "Content-Type", w.FormDataContentType(), "Idempotency-Key", "k-2")
	if multi.Code != http.StatusOK {
		t.Fatalf("%d: %s", multi.Code, multi.Body)
	}
	if len(sent) != 2 || sent[0].SHA256 != sha256Hex(content) || sent[0].Place == nil || sent[0].TakenAt == nil || sent[1].SHA256 != sent[0].SHA256 {
		t.Errorf("%+v", sent)
	}
	// VI-8: the same picture on another job.
	rec := b.call(http.MethodPost, "/jobs/"+numberOpen+"/visit/photos?kind=splitter_label", tokenDispatcher, string(content), "Content-Type", "image/png")
	if p := problem(t, rec); p["code"] != "photo_seen_before" || p["rule"] != "VI-8" {
		t.Errorf("%s", rec.Body)
	}
}
