package localstack

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// fakeGo puts a go command on PATH that runs script, and answers with a build that would use it.
func fakeGo(t *testing.T, script string) build {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "go"), []byte("#!/bin/sh\n"+script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	return build{
		Program: Program{module: "server", what: "the server"},
		dir:     dir, out: filepath.Join(dir, "server-test"),
	}
}

// untilRelease is a compiler that goes on until the file release is there.
const untilRelease = `while [ ! -e release ]; do sleep 0.02; done; echo binary > "$OUT.new"`

func TestBuildOutlivesWhoAskedForIt(t *testing.T) {
	b := fakeGo(t, untilRelease)
	ctx, cancel := context.WithCancel(t.Context())
	_, err := b.await(ctx, func(string) { cancel() }) // gives up as soon as the build has begun
	if _, ok := errors.AsType[*StillBuildingError](err); !ok {
		t.Fatalf("got %v, want a StillBuildingError", err)
	}
	if b.exists() {
		t.Fatal("the build is done before its time")
	}
	if err := os.WriteFile(filepath.Join(b.dir, "release"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel = context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	path, err := b.await(ctx, func(s string) { t.Errorf("a second build began: %s", s) })
	if err != nil || path != b.out {
		t.Errorf("got %s, %v", path, err)
	}
}

func TestBuildTellsWhatWentWrong(t *testing.T) {
	b := fakeGo(t, "echo 'no such module' >&2; exit 1")
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	_, err := b.await(ctx, nil)
	if err == nil || !strings.Contains(err.Error(), "no such module") {
		t.Errorf("got %v", err)
	}
}

func TestBuildKeyFollowsTheSources(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	key := func() string {
		k, err := hashModule(dir)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	write("go.mod", "module m")
	write("go.sum", "")
	write("main.go", "package main")
	first := key()
	write("main_test.go", "package main")
	if key() != first {
		t.Error("a test changes the key")
	}
	write("main.go", "package main // changed")
	if key() == first {
		t.Error("a source does not change the key")
	}
}
