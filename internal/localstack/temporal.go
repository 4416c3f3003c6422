package localstack

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/gofrs/flock"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/sdk/client"
)

// TemporalOptions say where and how a private Temporal server runs.
type TemporalOptions struct {
	Dir              string            // holds the data and the log; made when missing
	Port             int               // of the gRPC API; 0: any free one, kept over restarts of the same server
	UIPort           int               // of the web UI; 0: any free one, kept likewise
	NoUI             bool              // no web UI
	SearchAttributes map[string]string // by name: Keyword, KeywordList, Datetime, Text, Int, Double or Bool
	Volatile         bool              // do not wait for the disk: a killed server loses nothing, a power cut may; for tests
	Progress         func(string)      // told what takes time; may be nil
}

// Temporal is a server of our own on this machine, as a child process.
type Temporal struct {
	opts TemporalOptions
	bin  string
	lock *flock.Flock
	proc *process
}

// StartTemporal compiles the server if need be (see BuildServer), starts it on opts.Dir, and waits until it answers and
// knows the search attributes. If compiling takes longer than ctx the error is a *StillBuildingError.
func StartTemporal(ctx context.Context, opts TemporalOptions) (_ *Temporal, err error) {
	if opts.Dir, err = filepath.Abs(opts.Dir); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	if opts.Progress == nil {
		opts.Progress = func(string) {}
	}
	t := &Temporal{opts: opts}
	if t.bin, err = BuildServer(ctx, TemporalServer, opts.Progress); err != nil {
		return nil, err
	}
	if t.lock, err = lockDir(opts.Dir, "Temporal"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = t.lock.Close()
		}
	}()
	if err := t.endOrphan(ctx); err != nil {
		return nil, err
	}
	if err := t.Restart(ctx); err != nil {
		return nil, err
	}
	return t, nil
}

// Address is host:port of the gRPC API.
func (t *Temporal) Address() string { return hostPort(t.opts.Port) }

// UIAddress is the URL of the web UI, or "" without one.
func (t *Temporal) UIAddress() string {
	if t.opts.NoUI {
		return ""
	}
	return "http://" + hostPort(t.opts.UIPort)
}

// PID is the server's process id.
func (t *Temporal) PID() int { return t.proc.pid }

// Done is closed when the server, as started last, has ended, for whatever reason.
func (t *Temporal) Done() <-chan struct{} { return t.proc.done }

// Restart starts the server again after Kill, on the same data and ports.
func (t *Temporal) Restart(ctx context.Context) error {
	var err error
	if t.opts.Port, err = claimPort(ctx, t.opts.Port, "Temporal", "TRUCKROLL_TEMPORAL_PORT"); err != nil {
		return err
	}
	uiPort := 0
	if !t.opts.NoUI {
		t.opts.UIPort, err = claimPort(ctx, t.opts.UIPort, "Temporal's web UI", "TRUCKROLL_TEMPORAL_UI_PORT")
		if err != nil {
			return err
		}
		uiPort = t.opts.UIPort
	}
	args := []string{
		"--db", t.dbFile(), "--ip", loopback,
		"--port", strconv.Itoa(t.opts.Port), "--ui-port", strconv.Itoa(uiPort),
	}
	if t.opts.Volatile {
		args = append(args, "--synchronous", "off")
	}
	for _, name := range t.attributeNames() {
		args = append(args, "--search-attribute", name+"="+t.opts.SearchAttributes[name])
	}
	cmd := exec.Command(t.bin, args...) //nolint:noctx // our own binary, which Stop stops
	if t.proc, err = spawn(cmd, filepath.Join(t.opts.Dir, "temporal.log"), syscall.SIGTERM); err != nil {
		return err
	}
	if err := os.WriteFile(t.pidFile(), []byte(strconv.Itoa(t.proc.pid)), 0o600); err != nil {
		return errors.Join(fmt.Errorf("note the process id: %w", err), t.proc.kill())
	}
	if err := t.waitReady(ctx); err != nil {
		return errors.Join(err, t.proc.stop(ctx, syscall.SIGTERM, syscall.SIGTERM))
	}
	return nil
}

// Kill ends the server as a crash would, with SIGKILL.
func (t *Temporal) Kill() error { return t.proc.kill() }

// Stop ends the server in good order and lets go of its folder.
func (t *Temporal) Stop(ctx context.Context) error {
	return errors.Join(t.proc.stop(ctx, syscall.SIGTERM, syscall.SIGTERM), t.lock.Close())
}

// waitReady waits until the server answers and has the search attributes, which it adds right after its start.
func (t *Temporal) waitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	c, err := client.NewLazyClient(client.Options{HostPort: t.Address(), Logger: quiet{}})
	if err != nil {
		return fmt.Errorf("Temporal client: %w", err)
	}
	defer c.Close()
	for {
		missing, err := t.missingAttributes(ctx, c)
		if err == nil && len(missing) == 0 {
			return nil
		}
		select {
		case <-t.proc.done:
			return t.proc.ended("the Temporal server")
		case <-ctx.Done():
			return fmt.Errorf("the Temporal server does not get ready (search attributes missing: %v): %w",
				missing, errors.Join(err, ctx.Err()))
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (t *Temporal) missingAttributes(ctx context.Context, c client.Client) ([]string, error) {
	r, err := c.OperatorService().ListSearchAttributes(ctx,
		&operatorservice.ListSearchAttributesRequest{Namespace: client.DefaultNamespace})
	if err != nil {
		return nil, fmt.Errorf("list search attributes: %w", err)
	}
	var missing []string
	for _, name := range t.attributeNames() {
		if _, ok := r.GetCustomAttributes()[name]; !ok {
			missing = append(missing, name)
		}
	}
	return missing, nil
}

func (t *Temporal) attributeNames() []string {
	names := make([]string, 0, len(t.opts.SearchAttributes))
	for name := range t.opts.SearchAttributes {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

func (t *Temporal) dbFile() string { return filepath.Join(t.opts.Dir, "temporal.db") }

func (t *Temporal) pidFile() string { return filepath.Join(t.opts.Dir, "temporal.pid") }

// endOrphan stops a server that still runs although whoever started it is gone; we hold the folder's lock, so that it
// has no other owner.
func (t *Temporal) endOrphan(ctx context.Context) error {
	data, err := os.ReadFile(t.pidFile())
	if errors.Is(err, os.ErrNotExist) {
		return nil
	} else if err != nil {
		return fmt.Errorf("temporal.pid: %w", err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(data)))
	if err != nil || !t.runsHere(pid) {
		return nil //nolint:nilerr // a file cut short by a full disk is of no use to anybody
	}
	t.opts.Progress(fmt.Sprintf("stopping the Temporal server (process %d) that an earlier run left behind", pid))
	return endOrphan(ctx, pid, syscall.SIGTERM)
}

// runsHere tells whether process pid is a server on our data; by now the number may be anybody's.
func (t *Temporal) runsHere(pid int) bool {
	// Linux cuts names at 15 bytes: devserver-<hash> is longer.
	if !strings.HasPrefix(filepath.Base(processName(pid)), "devserver-") {
		return false
	}
	args, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	return err != nil || strings.Contains(string(args), t.dbFile())
}

// quiet drops the client's log: it would warn about every try while the server still starts.
type quiet struct{}

func (quiet) Debug(string, ...any) {}
func (quiet) Info(string, ...any)  {}
func (quiet) Warn(string, ...any)  {}
func (quiet) Error(string, ...any) {}
