package localstack

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/gofrs/flock"
)

// S3Server is an S3 server on a folder, for tests.
var S3Server = Program{module: "s3server", what: "the S3 server"}

// S3Options say where and how a private S3 server runs.
type S3Options struct {
	Dir                          string       // holds the data and the log; made when missing
	Bucket                       string       // made when missing
	AccessKeyID, SecretAccessKey string       // who may do everything
	Progress                     func(string) // told what takes time; may be nil
}

// S3 is a server of our own on this machine, as a child process.
type S3 struct {
	opts S3Options
	port int
	lock *flock.Flock
	proc *process
}

// StartS3 compiles the server if need be (see BuildServer), starts it on opts.Dir and a free port, and waits until it
// answers.
func StartS3(ctx context.Context, opts S3Options) (_ *S3, err error) {
	if opts.Dir, err = filepath.Abs(opts.Dir); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	s := &S3{opts: opts}
	bin, err := BuildServer(ctx, S3Server, opts.Progress)
	if err != nil {
		return nil, err
	}
	if s.lock, err = lockDir(opts.Dir, "S3"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = s.lock.Close()
		}
	}()
	if s.port, err = claimPort(ctx, 0, "S3", ""); err != nil {
		return nil, err
	}
	cmd := exec.Command(bin, //nolint:noctx // our own binary, which Stop stops
		"--dir", opts.Dir, "--bucket", opts.Bucket, "--listen", hostPort(s.port), "--region", s.Region())
	cmd.Env = append(os.Environ(), "AWS_ACCESS_KEY_ID="+opts.AccessKeyID, "AWS_SECRET_ACCESS_KEY="+opts.SecretAccessKey)
	if s.proc, err = spawn(cmd, filepath.Join(opts.Dir, "s3.log"), syscall.SIGTERM); err != nil {
		return nil, err
	}
	if err := s.waitReady(ctx); err != nil {
		return nil, errors.Join(err, s.proc.stop(ctx, syscall.SIGTERM, syscall.SIGTERM))
	}
	return s, nil
}

// Region is the one that requests have to be signed for.
func (*S3) Region() string { return "eu-central-1" }

// Endpoint is the URL that the S3 API begins with. The server does not know its buckets by host name.
func (s *S3) Endpoint() *url.URL { return &url.URL{Scheme: "http", Host: hostPort(s.port)} }

// ObjectFile is the file that the server keeps an object in, for those who want to spoil it.
func (s *S3) ObjectFile(bucket, key string) string {
	return filepath.Join(s.opts.Dir, "buckets", bucket, filepath.FromSlash(key))
}

// Stop ends the server in good order and lets go of its folder.
func (s *S3) Stop(ctx context.Context) error {
	return errors.Join(s.proc.stop(ctx, syscall.SIGTERM, syscall.SIGTERM), s.lock.Close())
}

// waitReady waits until the server answers, be it that it does not know us.
func (s *S3) waitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.Endpoint().String(), nil)
	if err != nil {
		return fmt.Errorf("ask the S3 server: %w", err)
	}
	for {
		answer, err := http.DefaultClient.Do(request)
		if err == nil {
			return answer.Body.Close()
		}
		select {
		case <-s.proc.done:
			return s.proc.ended("the S3 server")
		case <-ctx.Done():
			return fmt.Errorf("the S3 server does not get ready: %w", errors.Join(err, ctx.Err()))
		case <-time.After(20 * time.Millisecond):
		}
	}
}
