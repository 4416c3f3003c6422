// Command prebuild compiles the development Temporal server ahead of its first use: CI begins with it, in the
// background, and does other things meanwhile.
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
	wait := flag.Duration("wait", 30*time.Minute, "how long to wait for the build; 0 only begins it")
	flag.Parse()
	if err := run(*wait); err != nil {
		fmt.Fprintln(os.Stderr, "prebuild:", err)
		os.Exit(1)
	}
}

func run(wait time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), wait)
	defer cancel()
	path, err := localstack.BuildServer(ctx, func(s string) { fmt.Println(s) })
	if _, ok := errors.AsType[*localstack.StillBuildingError](err); ok && wait == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	fmt.Println("the Temporal server is there:", path)
	return nil
}
