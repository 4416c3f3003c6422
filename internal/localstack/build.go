package localstack

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// buildScript gives the server its final name only when it is complete, so that a file of that name can be used.
// No -trimpath: it would be a second, cold build for everybody who has built the packages before.
const buildScript = `"$GO" build -buildvcs=false -ldflags='-s -w' -o "$OUT.new" . && mv "$OUT.new" "$OUT"`

// Program is a server that has a Go module of its own in deploy, so that its dependencies are not truckroll's.
type Program struct {
	module  string // its folder in deploy, and how its binaries' names begin
	what    string // in sentences
	instead string // what somebody can do who cannot compile it; or ""
}

// TemporalServer is the development Temporal server. Compiling it takes from 20 seconds (packages known) to 12 minutes
// (two slow cores).
var TemporalServer = Program{
	module: "devserver", what: "the Temporal server", instead: "set TEMPORAL_ADDRESS to a server that runs already",
}

// StillBuildingError says that a server's first build was not done in time. It goes on by itself.
type StillBuildingError struct {
	What    string        // the server, as in "the Temporal server"
	Elapsed time.Duration // since that build began
	LogFile string        // what the compiler says
}

func (e *StillBuildingError) Error() string {
	return fmt.Sprintf("%s is still being compiled, for the first time only, %d s so far; the build goes on "+
		"by itself: run this again in some minutes (its log: %s)", e.What, int(e.Elapsed.Seconds()), e.LogFile)
}

// BuildServer answers with the path of a server's binary, compiling its module when this version of it never was. The
// build is detached: it outlives the caller, and callers in other processes wait for the same one. progress, which may
// be nil, is told about it every few seconds.
//
// When ctx ends first the error is a *StillBuildingError.
func BuildServer(ctx context.Context, p Program, progress func(string)) (string, error) {
	b, err := newBuild(p)
	if err != nil {
		return "", err
	}
	return b.await(ctx, progress)
}

// build is one version of a server, named by a hash of all that goes into it.
type build struct {
	Program

	dir string // of the module
	out string // the binary to be
}

func newBuild(p Program) (build, error) {
	b := build{Program: p}
	root, err := moduleRoot()
	if err != nil {
		return b, b.orElse(fmt.Errorf("%s is compiled from truckroll's source: %w", p.what, err))
	}
	b.dir = filepath.Join(root, "deploy", p.module)
	key, err := hashModule(b.dir)
	if err != nil {
		return b, fmt.Errorf("sources of %s: %w", p.what, err)
	}
	cache, err := os.UserCacheDir()
	if err != nil { // no home, as in some containers
		cache = filepath.Join(os.TempDir(), fmt.Sprintf("cache-%d", os.Getuid()))
	}
	dir := filepath.Join(cache, "truckroll")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return b, fmt.Errorf("cache folder: %w", err)
	}
	b.out = filepath.Join(dir, p.module+"-"+key)
	return b, nil
}

// orElse adds to an error what else can be done, if there is anything.
func (p Program) orElse(err error) error {
	if p.instead == "" {
		return err
	}
	return fmt.Errorf("%w; else %s", err, p.instead)
}

// await is BuildServer for one version.
func (b build) await(ctx context.Context, progress func(string)) (string, error) {
	if b.exists() {
		return b.out, b.keepRecent()
	}
	waited, told := false, time.Now()
	for {
		lock, err := b.tryLock()
		switch {
		case err != nil:
			return "", err
		case lock == nil: // somebody is building
		case b.exists():
			return b.out, lock.Close()
		case waited:
			return "", errors.Join(fmt.Errorf("compiling %s went wrong:\n%s", b.what, tail(b.logFile())), lock.Close())
		default:
			if err := errors.Join(b.start(lock), lock.Close()); err != nil {
				return "", err
			}
			if progress != nil {
				progress("compiling " + b.what + ", first time only")
			}
		}
		waited = true
		if err := pause(ctx, 200*time.Millisecond); err != nil {
			return "", &StillBuildingError{What: b.what, Elapsed: b.elapsed(), LogFile: b.logFile()}
		}
		if progress != nil && time.Since(told) >= 10*time.Second {
			told = time.Now()
			progress(fmt.Sprintf("compiling %s, first time only; %d s so far…", b.what, int(b.elapsed().Seconds())))
		}
	}
}

func (b build) exists() bool {
	info, err := os.Stat(b.out)
	return err == nil && info.Mode().IsRegular()
}

// keepRecent notes that this version is in use, and removes those that have not been for a month: each is up to 150 MB.
func (b build) keepRecent() error {
	now := time.Now()
	if err := os.Chtimes(b.out, now, now); err != nil {
		return fmt.Errorf("note the use of %s: %w", b.what, err)
	}
	files, err := filepath.Glob(filepath.Join(filepath.Dir(b.out), b.module+"-*"))
	if err != nil {
		return fmt.Errorf("older versions of %s: %w", b.what, err)
	}
	for _, file := range files {
		info, err := os.Stat(file)
		if err == nil && !strings.HasPrefix(file, b.out) && now.Sub(info.ModTime()) > 30*24*time.Hour {
			_ = os.Remove(file) // else the next start does
		}
	}
	return nil
}

func (b build) logFile() string { return b.out + ".log" }

// tryLock answers with the locked lock file, or nil while another holds it. It is the system's flock by hand, because
// a library would unlock when it closes, which would take the lock from the build too: see start.
func (b build) tryLock() (*os.File, error) {
	file, err := os.OpenFile(b.out+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock of the build: %w", err)
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		return file, nil
	}
	_ = file.Close()
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, nil //nolint:nilnil // no lock and no error is the answer "not now"
	}
	return nil, fmt.Errorf("lock the build: %w", err)
}

// elapsed is the time since the current build began.
func (b build) elapsed() time.Duration {
	data, err := os.ReadFile(b.out + ".began")
	if err != nil {
		return 0
	}
	began, err := time.Parse(time.RFC3339, string(data))
	if err != nil {
		return 0
	}
	return time.Since(began)
}

// start runs the build detached (setsid) and hands it the lock: an flock belongs to the open file, which the
// build inherits, so that the kernel frees it exactly when the build ends, whether or not we still live then.
func (b build) start(lock *os.File) error {
	gobin, err := exec.LookPath("go")
	if err != nil {
		return b.orElse(fmt.Errorf("compiling %s needs the go command on PATH", b.what))
	}
	if err := os.WriteFile(b.out+".began", []byte(time.Now().Format(time.RFC3339)), 0o600); err != nil {
		return fmt.Errorf("note the start of the build: %w", err)
	}
	out, err := os.Create(b.logFile())
	if err != nil {
		return fmt.Errorf("log of the build: %w", err)
	}
	defer func() { _ = out.Close() }()

	cmd := exec.Command("sh", "-c", buildScript) //nolint:noctx // it must outlive the caller's context
	cmd.Dir = b.dir
	cmd.Env = append(os.Environ(), "GO="+gobin, "OUT="+b.out, "GOWORK=off", "GOOS=", "GOARCH=")
	cmd.Stdout, cmd.Stderr = out, out
	cmd.ExtraFiles = []*os.File{lock}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start the build: %w", err)
	}
	go func() { _ = cmd.Wait() }() // only to leave no zombie; how it ended shows in the files
	return nil
}

// moduleRoot finds truckroll's source: upward from the working folder, else where this file was compiled.
func moduleRoot() (string, error) {
	var starts []string
	if wd, err := os.Getwd(); err == nil {
		starts = append(starts, wd)
	}
	if _, file, _, ok := runtime.Caller(0); ok && filepath.IsAbs(file) {
		starts = append(starts, filepath.Dir(file))
	}
	for _, dir := range starts {
		for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
			data, err := os.ReadFile(filepath.Join(dir, "go.mod"))
			if err == nil && bytes.HasPrefix(data, []byte("module truckroll\n")) {
				return dir, nil
			}
		}
	}
	return "", errors.New("run this inside the repository")
}

// hashModule names a version of the module: its go.mod, go.sum and sources, and the compiler's version.
func hashModule(dir string) (string, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return "", err
	}
	h := sha256.New()
	h.Write([]byte(runtime.Version() + buildScript))
	for _, file := range append(files, filepath.Join(dir, "go.mod"), filepath.Join(dir, "go.sum")) {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		data, err := os.ReadFile(file)
		if err != nil {
			return "", err
		}
		_, _ = fmt.Fprintf(h, "%s %d\n%s", filepath.Base(file), len(data), data)
	}
	return hex.EncodeToString(h.Sum(nil))[:16], nil
}
