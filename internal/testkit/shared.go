package testkit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/gofrs/flock"
)

// keeperEnv holds, in a keeper's environment, the folder of the server it keeps.
const keeperEnv = "TRUCKROLL_TESTKIT_KEEPER"

// server describes a shared server: to its keeper what to start, to the tests how to reach it.
type server struct {
	Kind             string            `json:"kind"` // kindPostgres or kindTemporal
	SearchAttributes map[string]string `json:"search_attributes,omitempty"`
	Address          string            `json:"address,omitempty"` // URL or host:port; "" until it runs
}

const (
	kindPostgres = "postgres"
	kindTemporal = "temporal"
)

// join answers with a running shared server of the kind that want describes, starting it if there is none. The answer
// holds for as long as this process lives: the shared lock on "users", which the kernel frees when the process ends,
// however it ends, is what keeps the keeper from stopping the server.
func join(ctx context.Context, name string, want server) (server, error) {
	dir, err := sharedDir(name)
	if err != nil {
		return server{}, err
	}
	users := flock.New(filepath.Join(dir, "users"))
	if _, err := users.TryRLockContext(ctx, 20*time.Millisecond); err != nil {
		return server{}, fmt.Errorf("join the shared %s: %w", want.Kind, err)
	}
	got, err := startOnce(ctx, dir, want)
	if err != nil {
		return server{}, errors.Join(err, users.Close())
	}
	joined = append(joined, users)
	return got, nil
}

// joined keeps the locks from the garbage collector, which would close their files.
var joined []*flock.Flock //nolint:gochecknoglobals // its life is the process's by intention

// startOnce lets one process at a time look whether the server runs, and start it.
func startOnce(ctx context.Context, dir string, want server) (server, error) {
	start := flock.New(filepath.Join(dir, "start"))
	if _, err := start.TryLockContext(ctx, 20*time.Millisecond); err != nil {
		return server{}, fmt.Errorf("wait for the shared %s: %w", want.Kind, err)
	}
	defer func() { _ = start.Close() }()

	kept, err := isKept(dir)
	if err != nil {
		return server{}, err
	}
	if kept {
		return awaitServer(ctx, dir, nil)
	}
	if err := writeState(dir, want); err != nil {
		return server{}, err
	}
	ended, err := startKeeper(dir)
	if err != nil {
		return server{}, err
	}
	return awaitServer(ctx, dir, ended)
}

// isKept tells whether a keeper lives, which is whether somebody holds its lock.
func isKept(dir string) (bool, error) {
	keeper := flock.New(filepath.Join(dir, "keeper"))
	free, err := keeper.TryLock()
	if err != nil {
		return false, fmt.Errorf("look for the keeper: %w", err)
	}
	return !free, keeper.Close()
}

// startKeeper runs this very test binary again, as a keeper (see keeper.go), detached (setsid) so that neither the end
// of this process nor the terminal's Ctrl-C ends it.
func startKeeper(dir string) (ended <-chan struct{}, err error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("this test's binary: %w", err)
	}
	log, err := os.Create(keeperLog(dir))
	if err != nil {
		return nil, fmt.Errorf("keeper's log: %w", err)
	}
	defer func() { _ = log.Close() }()
	cmd := exec.Command(self) //nolint:noctx // ourselves; it must outlive the caller's context
	cmd.Env = append(os.Environ(), keeperEnv+"="+dir)
	cmd.Stdout, cmd.Stderr = log, log // not ours: go test waits until nobody holds those any more
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the keeper: %w", err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = cmd.Wait() // why it ended is in its log
	}()
	return done, nil
}

// awaitServer waits until the keeper has written where its server answers.
func awaitServer(ctx context.Context, dir string, ended <-chan struct{}) (server, error) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		s, err := readState(dir)
		if err != nil {
			return server{}, err
		}
		if s.Address != "" {
			return s, nil
		}
		select {
		case <-tick.C:
		case <-ended:
			said, err := os.ReadFile(keeperLog(dir))
			return server{}, errors.Join(fmt.Errorf("no %s for tests: %s", s.Kind, said), err)
		case <-ctx.Done():
			return server{}, fmt.Errorf("the shared %s does not get ready (its log: %s): %w", s.Kind, keeperLog(dir), ctx.Err())
		}
	}
}

func keeperLog(dir string) string { return filepath.Join(dir, "keeper.log") }

// sharedDir is where the shared server of that name lives: a folder in the machine's own for temporary files, which an
// unprivileged Postgres can reach.
func sharedDir(name string) (string, error) {
	dir := filepath.Join(os.TempDir(), fmt.Sprintf("truckroll-test-%d", os.Getuid()), name)
	if err := os.MkdirAll(dir, 0o711); err != nil { //nolint:gosec // Postgres, as another user, passes through it
		return "", fmt.Errorf("folder for shared servers: %w", err)
	}
	parent := filepath.Dir(dir)
	info, err := os.Stat(parent)
	if err != nil {
		return "", fmt.Errorf("folder for shared servers: %w", err)
	}
	// Everybody may make folders there: one that another user made in our name could serve us anything.
	if st, ok := info.Sys().(*syscall.Stat_t); ok && int(st.Uid) != os.Getuid() {
		return "", fmt.Errorf("folder for shared servers: %s belongs to another user", parent)
	}
	for _, d := range []string{parent, dir} { // MkdirAll heeds the umask
		if err := os.Chmod(d, 0o711); err != nil { //nolint:gosec // see above
			return "", fmt.Errorf("folder for shared servers: %w", err)
		}
	}
	return dir, nil
}

func readState(dir string) (server, error) {
	var s server
	data, err := os.ReadFile(filepath.Join(dir, "server.json"))
	if err != nil {
		return s, fmt.Errorf("state of the shared server: %w", err)
	}
	if err := json.Unmarshal(data, &s); err != nil {
		return s, fmt.Errorf("state of the shared server: %w", err)
	}
	return s, nil
}

// writeState replaces the file in one step: readers see the old one or the new one.
func writeState(dir string, s server) error {
	data, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("state of the shared server: %w", err)
	}
	file := filepath.Join(dir, "server.json")
	if err := os.WriteFile(file+".new", data, 0o600); err != nil {
		return fmt.Errorf("state of the shared server: %w", err)
	}
	if err := os.Rename(file+".new", file); err != nil {
		return fmt.Errorf("state of the shared server: %w", err)
	}
	return nil
}
