package localstack

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// process is a running child. Its output goes to a file, never to a pipe: a pipe would tie the child's life to
// whoever reads it.
type process struct {
	pid     int
	logFile string
	done    chan struct{} // closed when the child has ended
	err     error         // how it ended; read after done
}

// spawn starts cmd in a process group of its own, so that the terminal's Ctrl-C reaches us first and we decide the
// order of stopping, and asks the kernel, where it can, to send the child deathSig should we die without a chance to
// stop it.
func spawn(cmd *exec.Cmd, logFile string, deathSig syscall.Signal) (*process, error) {
	// The log before this one is kept: after a crash and a restart it is the one to read.
	if err := os.Rename(logFile, logFile+".old"); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("log file: %w", err)
	}
	out, err := os.OpenFile(logFile, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("log file: %w", err)
	}
	defer func() { _ = out.Close() }()
	cmd.Stdout, cmd.Stderr = out, out
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setpgid = true
	setDeathSignal(cmd.SysProcAttr, deathSig)

	p := &process{logFile: logFile, done: make(chan struct{})}
	started := make(chan error, 1)
	go func() {
		// The kernel counts the *thread* that started the child as its parent: this one has to stay for as long as the
		// child does.
		runtime.LockOSThread()
		defer close(p.done)
		if err := cmd.Start(); err != nil {
			started <- err
			return
		}
		p.pid = cmd.Process.Pid
		started <- nil
		p.err = cmd.Wait()
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	return p, nil
}

// stop sends sig, then harder signals when the child does not end in time. The last is SIGKILL, so that it always
// comes back within a few seconds of ctx's end.
func (p *process) stop(ctx context.Context, sig, harder syscall.Signal) error {
	for _, step := range []struct {
		sig   syscall.Signal
		grace time.Duration
	}{{sig, 15 * time.Second}, {harder, 3 * time.Second}, {syscall.SIGKILL, 3 * time.Second}} {
		if err := p.signal(step.sig); err != nil {
			return err
		}
		grace := time.NewTimer(step.grace)
		select {
		case <-p.done:
			grace.Stop()
			return nil
		case <-ctx.Done():
			grace.Stop()
		case <-grace.C:
		}
	}
	select {
	case <-p.done:
		return nil
	case <-time.After(3 * time.Second):
		return fmt.Errorf("process %d does not end", p.pid)
	}
}

// kill ends the child without warning, as a crash would, and waits until it is gone.
func (p *process) kill() error {
	if err := p.signal(syscall.SIGKILL); err != nil {
		return err
	}
	<-p.done
	return nil
}

func (p *process) signal(sig syscall.Signal) error {
	select {
	case <-p.done:
		return nil // its number may be somebody else's by now
	default:
	}
	if err := syscall.Kill(p.pid, sig); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("signal process %d: %w", p.pid, err)
	}
	return nil
}

// ended describes a child that ended by itself, with the last of what it said.
func (p *process) ended(what string) error {
	if p.err == nil {
		return fmt.Errorf("%s ended by itself; its last words:\n%s", what, tail(p.logFile))
	}
	return fmt.Errorf("%s ended (%w); its last words:\n%s", what, p.err, tail(p.logFile))
}

// tail is the last dozen lines of a file, for error messages; it never fails.
func tail(file string) string {
	data, err := os.ReadFile(file)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	if len(lines) > 12 {
		lines = lines[len(lines)-12:]
	}
	return "  " + strings.Join(lines, "\n  ")
}

// processName is the name of a running process's program, or "" if there is no such process.
func processName(pid int) string {
	if pid <= 0 || errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return ""
	}
	if name, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid)); err == nil {
		return strings.TrimSpace(string(name))
	}
	out, err := exec.Command("ps", "-o", "comm=", "-p", strconv.Itoa(pid)).Output() //nolint:noctx // over at once
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}

// endOrphan stops a process that an earlier run left behind, and waits until it is gone.
func endOrphan(ctx context.Context, pid int, sig syscall.Signal) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	if err := syscall.Kill(pid, sig); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("stop process %d, left behind by an earlier run: %w", pid, err)
	}
	for processName(pid) != "" {
		if err := pause(ctx, 50*time.Millisecond); err != nil {
			return fmt.Errorf("process %d, left behind by an earlier run, does not end", pid)
		}
	}
	return nil
}

// pause waits d between two looks at something that cannot tell us when it changes.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
