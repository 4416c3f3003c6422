// Command s3server is an S3 server for one machine, for tests: the Versity gateway on a folder, in one process.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/versity/versitygw/backend/meta"
	"github.com/versity/versitygw/backend/posix"
	"github.com/versity/versitygw/embedgw"
)

func main() {
	if err := run(os.Args[1:]); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "s3server:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	fs := flag.NewFlagSet("s3server", flag.ContinueOnError)
	dir := fs.String("dir", "", "`folder` that holds everything; made when missing (required)")
	bucket := fs.String("bucket", "", "`name` of a bucket to make if it is missing (required)")
	listen := fs.String("listen", "127.0.0.1:7070", "`host:port` to listen on")
	region := fs.String("region", "us-east-1", "`name` of the region that requests are signed for")
	if err := fs.Parse(args); err != nil {
		return err
	}
	if *dir == "" || *bucket == "" || fs.NArg() > 0 {
		return errors.New("--dir FOLDER and --bucket NAME are required, and there are flags only")
	}
	buckets, versions := filepath.Join(*dir, "buckets"), filepath.Join(*dir, "versions")
	for _, d := range []string{filepath.Join(buckets, *bucket), versions} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return fmt.Errorf("folder: %w", err)
		}
	}
	// The gateway can keep attributes in files of their own too, but then what was deleted from a bucket with versions
	// stays deleted for ever.
	attributes := meta.XattrMeta{}
	if err := attributes.Test(buckets); err != nil {
		return fmt.Errorf("%s has no extended attributes: %w", *dir, err)
	}
	backend, err := posix.New(buckets, attributes, posix.PosixOpts{VersioningDir: versions})
	if err != nil {
		return fmt.Errorf("folder for buckets: %w", err)
	}
	ended := make(chan error, 1)
	go func() {
		ended <- embedgw.RunVersityGW(context.WithoutCancel(ctx), backend, &embedgw.Config{
			RootUserAccess:    os.Getenv("AWS_ACCESS_KEY_ID"),
			RootUserSecret:    os.Getenv("AWS_SECRET_ACCESS_KEY"),
			Region:            *region,
			Ports:             []string{*listen},
			MaxConnections:    1000,
			MaxRequests:       500,
			MultipartMaxParts: 10_000,
			KeepAlive:         true,
			Quiet:             true,
		})
	}()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
		return nil // in good order it would wait ten seconds for idle clients
	}
}
