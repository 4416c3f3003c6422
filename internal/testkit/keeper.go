package testkit

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/gofrs/flock"

	"truckroll/internal/localstack"
)

// idle is how long a shared server waits for the next test: longer than compiling the next package takes.
const idle = time.Minute

// init turns a test binary that was started as a keeper into one, before any test could run. There is no later place
// that every test binary passes, and a program of its own would have to be compiled before the first test.
func init() { //nolint:gochecknoinits // see above
	dir := os.Getenv(keeperEnv)
	if dir == "" {
		return
	}
	if err := keep(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// keep runs the server that the folder describes until nobody has used it for a while, then removes its data.
func keep(dir string) (err error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	lock := flock.New(filepath.Join(dir, "keeper"))
	if ok, err := lock.TryLock(); err != nil || !ok {
		return errors.Join(errors.New("another keeper was faster"), err)
	}
	defer func() { _ = lock.Close() }()

	s, err := readState(dir)
	if err != nil {
		return err
	}
	data := filepath.Join(dir, "data")
	if err := os.RemoveAll(data); err != nil { // of a keeper that was killed
		return fmt.Errorf("left-over data: %w", err)
	}
	running, err := startServer(ctx, data, s)
	if err != nil {
		return err
	}
	defer func() {
		err = errors.Join(err, running.stop(context.WithoutCancel(ctx)), os.RemoveAll(data))
	}()
	s.Address = running.address
	if err := writeState(dir, s); err != nil {
		return err
	}
	return awaitIdle(ctx, dir, running.done)
}

// awaitIdle returns when no process has held "users" for the idle time. It then holds that lock itself, and so keeps
// newcomers waiting until the process has ended and they can start a new keeper.
func awaitIdle(ctx context.Context, dir string, serverDone <-chan struct{}) error {
	users := flock.New(filepath.Join(dir, "users"))
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for last := time.Now(); ; {
		select {
		case <-ctx.Done():
			return nil
		case <-serverDone:
			return errors.New("the server ended by itself")
		case <-tick.C:
		}
		free, err := users.TryLock()
		switch {
		case err != nil:
			return fmt.Errorf("look for users: %w", err)
		case !free:
			last = time.Now()
		case time.Since(last) >= idle:
			return nil
		default:
			if err := users.Unlock(); err != nil {
				return fmt.Errorf("look for users: %w", err)
			}
		}
	}
}

type runningServer struct {
	address string
	done    <-chan struct{}
	stop    func(context.Context) error
}

func startServer(ctx context.Context, data string, s server) (runningServer, error) {
	switch s.Kind {
	case kindPostgres:
		p, err := localstack.StartPostgres(ctx, localstack.PostgresOptions{Dir: data, Volatile: true})
		if err != nil {
			return runningServer{}, err
		}
		return runningServer{address: p.URL(), done: p.Done(), stop: p.Stop}, nil
	case kindTemporal:
		t, err := localstack.StartTemporal(ctx, localstack.TemporalOptions{
			Dir: data, NoUI: true, Volatile: true, SearchAttributes: s.SearchAttributes,
		})
		if err != nil {
			return runningServer{}, err
		}
		return runningServer{address: t.Address(), done: t.Done(), stop: t.Stop}, nil
	default:
		return runningServer{}, fmt.Errorf("no server of kind %q", s.Kind)
	}
}
