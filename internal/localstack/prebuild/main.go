// Command prebuild compiles the servers of deploy ahead of their first use: CI begins with it, in the background, and
// does other things meanwhile.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"time"

	"truckroll/internal/localstack"
)

func main() {
	wait := flag.Duration("wait", 30*time.Minute, "how long to wait for the builds; 0 only begins them")
	flag.Parse()
	if err := run(*wait); err != nil {
		fmt.Fprintln(os.Stderr, "prebuild:", err)
		os.Exit(1)
	}
}

func run(wait time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), wait)
	defer cancel()
	for _, server := range []localstack.Program{localstack.TemporalServer, localstack.S3Server} {
		path, err := localstack.BuildServer(ctx, server, func(s string) { fmt.Println(s) })
		if _, ok := errors.AsType[*localstack.StillBuildingError](err); ok && wait == 0 {
			continue
		}
		if err != nil {
			return err
		}
		fmt.Println("it is there:", path)
	}
	return nil
}
