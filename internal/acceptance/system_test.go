package acceptance_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"

	"truckroll/dispatch"
	"truckroll/internal/apiclient"
	"truckroll/internal/document"
	"truckroll/internal/localstack"
	"truckroll/internal/postgres"
	"truckroll/internal/testkit"
)

// binary builds truckroll once.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "truckroll-bin-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "truckroll")
	out, err := exec.Command("go", "build", "-o", path, "truckroll").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("building truckroll: %w\n%s", err, out)
	}
	return path, nil
})

// system is truckroll as it runs in production: four processes, each of which can be killed.
type system struct {
	t        *testing.T
	ctx      context.Context
	pg       *localstack.Postgres
	temporal *localstack.Temporal
	api      *process
	worker   *process
	desk     apiclient.Caller // as a supervisor
}

const (
	territory = "here"
	hour      = time.Hour
)

var home = map[string]any{"latitude": 52.52, "longitude": 13.4}

func start(t *testing.T) *system {
	t.Helper()
	ctx := testkit.Context(t)
	dir := testkit.Dir(t)
	s := &system{t: t, ctx: ctx}
	var err error
	s.temporal, err = localstack.StartTemporal(ctx, localstack.TemporalOptions{
		Dir: filepath.Join(dir, "temporal"), SearchAttributes: localstack.SearchAttributes(),
	})
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.temporal.Stop(context.WithoutCancel(ctx)) })
	s.pg, err = localstack.StartPostgres(ctx, localstack.PostgresOptions{Dir: filepath.Join(dir, "postgres")})
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.pg.Stop(context.WithoutCancel(ctx)) })
	require.NoError(t, postgres.Migrate(ctx, s.pg.URL()))
	s.logIn("supervisor", dispatch.Actor{Role: dispatch.RoleSupervisor, ID: "s1"})

	bin, err := binary()
	require.NoError(t, err)
	address := freeAddress(t)
	sealingKey := filepath.Join(dir, "sealing-key.pem")
	_, err = document.MakeKey(sealingKey, "Acceptance")
	require.NoError(t, err)
	env := append(os.Environ(), "TRUCKROLL_SEALING_KEY_FILE="+sealingKey,
		"DATABASE_URL="+s.pg.URL(), "TEMPORAL_ADDRESS="+s.temporal.Address(), "TRUCKROLL_DATA="+filepath.Join(dir, "data"),
		"TRUCKROLL_HTTP="+address, "TRUCKROLL_METRICS=localhost:0", "TRUCKROLL_LOG_LEVEL=warn",
	)
	s.desk = apiclient.Caller{URL: "http://" + address, Token: "supervisor", HTTP: &http.Client{Timeout: 30 * time.Second}}
	s.worker = &process{t: t, bin: bin, command: "worker", env: env, log: filepath.Join(dir, "worker.log")}
	s.api = &process{t: t, bin: bin, command: "api", env: env, log: filepath.Join(dir, "api.log")}
	s.worker.start()
	s.api.start()
	s.ready()
	s.must(http.MethodPut, "territories", map[string]any{"territories": []any{map[string]any{
		"id": territory, "name": "Here", "time_zone": "Europe/Berlin", "center": home, "radius_m": 50_000, "hotline": "+49300000",
	}}}, nil)
	return s
}

// ready waits until the API says that it and what it needs are there.
func (s *system) ready() {
	s.t.Helper()
	require.Eventually(s.t, func() bool {
		code, _ := s.desk.Do(s.ctx, http.MethodGet, "readyz", "", nil, nil)
		return code == http.StatusOK
	}, 2*time.Minute, 100*time.Millisecond)
}

// logIn makes a token that speaks for somebody; it is the actor's name.
func (s *system) logIn(token string, a dispatch.Actor) {
	store, err := postgres.Open(s.ctx, s.pg.URL())
	require.NoError(s.t, err)
	defer store.Close()
	require.NoError(s.t, store.PutToken(s.ctx, token, postgres.Identity{Actor: a}, "test", nil))
}

// installers makes installers who work from an hour ago for a day.
func (s *system) installers(ids ...string) {
	var people, shifts []any
	for _, id := range ids {
		people = append(people, map[string]any{
			"id": id, "name": "Installer", "phone": "+493000001", "territory": territory,
			"certificates": []any{map[string]any{"skill": "fiber_install", "valid_until": time.Now().AddDate(1, 0, 0)}},
		})
		shifts = append(shifts, map[string]any{"installer": id, "start": time.Now().Add(-hour), "end": time.Now().Add(24 * hour)})
	}
	s.must(http.MethodPut, "installers", map[string]any{"installers": people}, nil)
	s.must(http.MethodPut, "shifts", map[string]any{"shifts": shifts}, nil)
}

// register opens an install job and returns its number.
func (s *system) register(order string) string {
	var r struct {
		Number string `json:"number"`
	}
	s.must(http.MethodPost, "jobs", intake(order), &r)
	return r.Number
}

func intake(order string) map[string]any {
	return map[string]any{
		"external_order": order, "kind": "install", "channel": "phone", "product": "fttr-300", "contract_mbps": 300,
		"customer": map[string]any{"name": "Customer", "phone": "+493012345", "address": "1 Main St", "place": home},
	}
}

// must makes a call that has to succeed.
func (s *system) must(method, path string, body, into any) {
	s.t.Helper()
	_, err := s.desk.Do(s.ctx, method, path, apiclient.NewKey(), body, into)
	require.NoError(s.t, err, "%s %s", method, path)
}

// job reads a job.
func (s *system) job(number string) (v struct {
	Job    dispatch.Job     `json:"job"`
	Clocks []dispatch.Clock `json:"clocks"`
}) {
	s.t.Helper()
	s.must(http.MethodGet, "jobs/"+number, nil, &v)
	return v
}

// timeline reads a job's whole audit trail.
func (s *system) timeline(number string) []dispatch.Entry {
	s.t.Helper()
	var all []dispatch.Entry
	for {
		var page struct {
			Items []dispatch.Entry `json:"items"`
		}
		after := int64(0)
		if len(all) > 0 {
			after = all[len(all)-1].Seq
		}
		s.must(http.MethodGet, fmt.Sprintf("jobs/%s/timeline?after=%d&limit=200", number, after), nil, &page)
		if len(page.Items) == 0 {
			return all
		}
		all = append(all, page.Items...)
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "localhost:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().String()
}

// process is a command of truckroll that runs, is killed and runs again.
type process struct {
	t            *testing.T
	bin, command string
	env          []string
	log          string
	cmd          *exec.Cmd
}

func (p *process) start() {
	p.t.Helper()
	out, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	require.NoError(p.t, err)
	defer out.Close()
	p.cmd = exec.Command(p.bin, p.command)
	p.cmd.Env, p.cmd.Stdout, p.cmd.Stderr = p.env, out, out
	require.NoError(p.t, p.cmd.Start())
	p.t.Cleanup(func() {
		if p.cmd.ProcessState == nil {
			p.kill()
		}
		if p.t.Failed() {
			text, _ := os.ReadFile(p.log)
			p.t.Logf("%s:\n%s", p.command, tail(string(text), 4000))
		}
	})
}

// kill is kill -9.
func (p *process) kill() {
	_ = p.cmd.Process.Signal(syscall.SIGKILL)
	_ = p.cmd.Wait()
}

func tail(s string, n int) string {
	if len(s) > n {
		return s[len(s)-n:]
	}
	return s
}

// refused asserts that a call was refused and returns the refusal.
func refused(t testing.TB, err error) *apiclient.Failure {
	t.Helper()
	var f *apiclient.Failure
	require.ErrorAs(t, err, &f, "%v", err)
	return f
}

// quickStandard puts a Standard in force whose wait at the door is short.
func (s *system) quickStandard(wait time.Duration) {
	source := strings.NewReplacer(
		"version: broadband-2", "version: quick-1",
		"no_show_wait: 15m", "no_show_wait: "+wait.String(),
	).Replace(string(dispatch.DefaultStandard()))
	s.must(http.MethodPost, "standards", apiclient.Content{Type: "application/yaml", Data: []byte(source)}, nil)
}

// temporalDescribe asks Temporal for a workflow.
func (s *system) temporalDescribe(id string) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	c, err := client.DialContext(s.ctx, client.Options{
		HostPort: s.temporal.Address(), Logger: log.NewStructuredLogger(slog.New(slog.DiscardHandler)),
	})
	if err != nil {
		return nil, err
	}
	defer c.Close()
	return c.DescribeWorkflowExecution(s.ctx, id, "")
}
