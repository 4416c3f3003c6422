package api

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"go.temporal.io/sdk/mocks"

	"truckroll/dispatch"
	"truckroll/internal/postgres"
)

// now is the clock of the tests.
var now = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

// fakeStore answers from memory what the tests ask; what they do not ask for panics, which
// the API turns into a 500 that no test allows.
type fakeStore struct {
	Store

	mu       sync.Mutex
	jobs     map[string]postgres.Record
	receipts map[string]dispatch.Receipt // by number and key
	answers  map[string]postgres.Answer
	hashes   map[string]string
	claims   map[string]string
	shifts   []dispatch.Shift
	busy     []dispatch.Busy
	feed     []postgres.FeedEvent
	started  []string
}

const (
	tokenDispatcher = "dispatcher"
	tokenSupervisor = "supervisor"
	tokenInstaller  = "installer" // i-1
	tokenElsewhere  = "elsewhere" // a dispatcher of another territory
)

func (f *fakeStore) Ping(context.Context) error { return nil }

func (f *fakeStore) Authenticate(_ context.Context, token string) (postgres.Identity, error) {
	switch token {
	case tokenDispatcher:
		return postgres.Identity{Actor: dispatch.Actor{Role: dispatch.RoleDispatcher, ID: "d-1"}}, nil
	case tokenSupervisor:
		return postgres.Identity{Actor: dispatch.Actor{Role: dispatch.RoleSupervisor, ID: "s-1"}}, nil
	case tokenInstaller:
		return postgres.Identity{Actor: dispatch.Actor{Role: dispatch.RoleInstaller, ID: "i-1"}}, nil
	case tokenElsewhere:
		return postgres.Identity{Actor: dispatch.Actor{Role: dispatch.RoleDispatcher, ID: "d-2"}, Territories: []string{"elsewhere"}}, nil
	}
	return postgres.Identity{}, dispatch.Refuse(dispatch.CodeUnauthenticated, "", "The access token is not valid. Log in again.")
}

func (f *fakeStore) Job(_ context.Context, number string) (postgres.Record, error) {
	if rec, ok := f.jobs[number]; ok {
		return rec, nil
	}
	return postgres.Record{}, dispatch.Refuse(dispatch.CodeNotFound, "", "There is no job %q.", number)
}

func (f *fakeStore) Recall(_ context.Context, number, key string) (dispatch.Receipt, bool, error) {
	r, ok := f.receipts[number+"/"+key]
	return r, ok, nil
}

func (f *fakeStore) Standard(context.Context, string) (*dispatch.Standard, error) {
	return standard(), nil
}

func (f *fakeStore) Current(context.Context) (*dispatch.Standard, error) { return standard(), nil }

func (f *fakeStore) Territories(context.Context) ([]dispatch.Territory, error) {
	return []dispatch.Territory{{ID: "sf", Name: "San Francisco", TimeZone: "UTC", RadiusMetres: 1e6, Hotline: "+14155550199"}}, nil
}

func (f *fakeStore) Installers(context.Context, string, string, int) (postgres.Page[postgres.Installer], error) {
	return postgres.Page[postgres.Installer]{}, nil
}

func (f *fakeStore) MarkStarted(_ context.Context, number string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.started = append(f.started, number)
	return nil
}

func (f *fakeStore) Register(
	_ context.Context, _ dispatch.Intake, _ dispatch.Actor, _ string, admit postgres.Admit,
) (string, bool, error) {
	number := dispatch.ServiceNumber(77)
	job, entries, err := admit(number, now)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.jobs[number] = postgres.Record{Job: job}
	for _, e := range entries {
		f.feed = append(f.feed, postgres.FeedEvent{Cursor: "0-1", Job: number, Entry: e})
	}
	return number, true, err
}

func (f *fakeStore) ShiftsAndBusy(
	context.Context, string, []string, string, time.Time, time.Time,
) ([]dispatch.Shift, []dispatch.Busy, error) {
	return f.shifts, f.busy, nil
}

func (f *fakeStore) JobSlots(_ context.Context, _ string, _, _, near time.Time, _ int) ([]dispatch.Window, error) {
	return []dispatch.Window{{Start: near.Add(time.Hour), End: near.Add(2 * time.Hour), Installer: "i-2"}}, nil
}

func (f *fakeStore) Search(context.Context, postgres.Filter, string, int) (postgres.Page[postgres.Record], error) {
	return postgres.Page[postgres.Record]{}, nil
}

func (f *fakeStore) Import(_ context.Context, id string) (postgres.Import, error) {
	if id != "imp-1" {
		return postgres.Import{}, dispatch.Refuse(dispatch.CodeNotFound, "", "There is no import %q.", id)
	}
	return postgres.Import{ID: id, Label: "test", StartedAt: now}, nil
}

func (f *fakeStore) PutImportRows(context.Context, string, []postgres.ImportRow) error { return nil }

func (f *fakeStore) RegisterBatch(_ context.Context, rows []postgres.Registration) ([]postgres.Registered, error) {
	out := make([]postgres.Registered, len(rows))
	for i, r := range rows {
		number := dispatch.ServiceNumber(int64(100 + i))
		if _, _, err := r.Admit(number, now); err != nil {
			return nil, err
		}
		out[i] = postgres.Registered{Number: number, Created: true}
	}
	return out, nil
}

func (f *fakeStore) PutStandard(_ context.Context, source []byte, _ time.Time) (*dispatch.Standard, error) {
	std, err := dispatch.LoadStandard(source)
	if err != nil {
		return nil, dispatch.Refuse(dispatch.CodeInvalid, "", "%v", err)
	}
	return std, nil
}

func (f *fakeStore) ClaimFile(_ context.Context, file postgres.File, _ *dispatch.PhotoRules) (bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if by, ok := f.claims[file.SHA256]; ok && by != file.Number {
		return false, dispatch.Refuse(dispatch.CodePhotoSeen, dispatch.RulePhotos, "This photo was used on another job.")
	}
	f.claims[file.SHA256] = file.Number
	return false, nil
}

func (f *fakeStore) Replay(_ context.Context, scope, key, hash string) (*postgres.Answer, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	old, taken := f.hashes[scope+key]
	switch {
	case taken && old != hash:
		return nil, dispatch.Refuse(dispatch.CodeKeyReused, "", "This Idempotency-Key was used for another request.")
	case taken:
		a := f.answers[scope+key]
		return &a, nil
	}
	f.hashes[scope+key] = hash
	return nil, nil
}

func (f *fakeStore) Remember(_ context.Context, scope, key string, a postgres.Answer) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.answers[scope+key] = a
	return nil
}

func (f *fakeStore) Forget(_ context.Context, scope, key string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.hashes, scope+key)
	return nil
}

func (f *fakeStore) FeedEnd(context.Context) (string, error) { return "0-0", nil }

func (f *fakeStore) Feed(_ context.Context, after string, _ int) ([]postgres.FeedEvent, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, e := range f.feed {
		if e.Cursor > after {
			return f.feed[i:], nil
		}
	}
	return nil, nil
}

// fakeFiles keeps nothing.
type fakeFiles struct{}

func (fakeFiles) Put(_ context.Context, _ string, content []byte) (string, string, error) {
	return sha256Hex(content), "key", nil
}

func (fakeFiles) Read(context.Context, string, string) ([]byte, error) { return nil, nil }

var standard = sync.OnceValue(func() *dispatch.Standard {
	std, err := dispatch.LoadStandard(dispatch.DefaultStandard())
	if err != nil {
		panic(err)
	}
	return std
})

// The jobs of the tests.
var (
	numberOpen      = dispatch.ServiceNumber(1) // received
	numberScheduled = dispatch.ServiceNumber(2) // scheduled for i-1 at 10:00
	numberEnded     = dispatch.ServiceNumber(3) // cancelled
	numberUnknown   = dispatch.ServiceNumber(999)
)

func job(number string, status dispatch.Status) dispatch.Job {
	j := dispatch.Job{
		Number: number, Kind: dispatch.KindInstall, Charge: dispatch.ChargeContract, Territory: "sf", TimeZone: "UTC",
		Product: "fttr-1000", Skills: []string{"fiber_install"}, WorkTime: dispatch.Duration(time.Hour),
		Standard: "broadband-2", OpenedAt: now, Status: status, Seq: 1,
	}
	if status == dispatch.StatusScheduled {
		w := dispatch.Window{Start: now.Add(2 * time.Hour), End: now.Add(3 * time.Hour), Installer: "i-1"}
		j.Visits = []dispatch.Visit{{No: 1, First: w, Appointment: dispatch.Appointment{Window: w, Revision: 1, AgreedAt: now}}}
	}
	return j
}

type bench struct {
	echo     *echo.Echo
	store    *fakeStore
	temporal *mocks.Client
}

func setup(tb testing.TB) *bench {
	tb.Helper()
	f := &fakeStore{
		jobs: map[string]postgres.Record{
			numberOpen:      {Job: job(numberOpen, dispatch.StatusReceived), Customer: dispatch.Customer{Name: "Ada", Phone: "+14155550100"}},
			numberScheduled: {Job: job(numberScheduled, dispatch.StatusScheduled), Customer: dispatch.Customer{Name: "Bo", Phone: "+14155550101"}},
			numberEnded:     {Job: job(numberEnded, dispatch.StatusCancelled)},
		},
		receipts: map[string]dispatch.Receipt{}, answers: map[string]postgres.Answer{}, hashes: map[string]string{}, claims: map[string]string{},
	}
	c := new(mocks.Client)
	return &bench{
		echo: New(Deps{
			Store: f, Temporal: c, Files: fakeFiles{}, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return now },
			Stop: tb.Context(),
		}),
		store: f, temporal: c,
	}
}

// call sends a request; headers are given in pairs.
func (b *bench) call(method, path, token, body string, headers ...string) *httptest.ResponseRecorder {
	req := httptest.NewRequest(method, "/api/v1"+path, strings.NewReader(body))
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if method != http.MethodGet {
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Idempotency-Key", "k-1")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i+1] == "" {
			req.Header.Del(headers[i])
			continue
		}
		req.Header.Set(headers[i], headers[i+1])
	}
	rec := httptest.NewRecorder()
	b.echo.ServeHTTP(rec, req)
	return rec
}
