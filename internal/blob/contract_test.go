package blob_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"

	gocloud "gocloud.dev/blob"

	"truckroll/internal/blob"
)

// place is where a store can be.
type place struct {
	where string                  // as in Open
	raw   string                  // the URL of the same for somebody who does not keep to our rules
	file  func(key string) string // where the bytes lie in the end
}

func folder(t *testing.T) place {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "files")
	return place{
		where: dir, raw: "file://" + filepath.ToSlash(dir) + "?no_tmp_dir=true",
		file: func(key string) string { return filepath.Join(dir, filepath.FromSlash(key)) },
	}
}

// TestContract holds each kind of store to the same promises.
func TestContract(t *testing.T) {
	t.Parallel()
	s3 := startS3(t)
	for name, p := range map[string]place{
		"folder": folder(t), "S3": s3.place(s3.Endpoint()), "S3 over TLS": s3.place(s3.tls(t, nil)), "S3 locked": s3.locked(t),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, p)
			raw, err := gocloud.OpenBucket(t.Context(), p.raw)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = raw.Close() })
			for name, promise := range promises {
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					promise(subject{T: t, Store: s, place: p, raw: raw})
				})
			}
		})
	}
}

// subject is a store under test, and the test.
type subject struct {
	*testing.T
	*blob.Store
	place

	raw *gocloud.Bucket
}

// promises each use content of their own, so that they can run side by side on one store.
var promises = map[string]func(subject){
	"names files by their content": func(s subject) {
		sum, key, err := s.Put(s.Context(), "image/png", []byte("a picture"))
		const want = "92b2fa58028958317e408bd84ecfa70f5ee35b121991dbc232c49d166353708b"
		if err != nil || sum != want || key != "sha256/92/b2/"+want {
			s.Errorf("got %s, %s, %v", sum, key, err)
		}
	},
	"keeps the first":            func(s subject) { s.keepsTheFirst([]byte("the first")) },
	"keeps the first large file": func(s subject) { s.keepsTheFirst(noise(20 << 20)) }, // S3 takes those in parts
	"keeps the first empty file": func(s subject) { s.keepsTheFirst(nil) },
	"keeps what stands under the name": func(s subject) {
		key, sum := s.put([]byte("proof"))
		s.overwrite(key, []byte("proot"))
		s.put([]byte("proof"))
		s.wantError(key, sum, blob.ErrChanged)
	},
	"knows what it has not": func(s subject) {
		s.wantError(blob.Key("0000"), "0000", blob.ErrNotFound)
	},
	"finds another content": func(s subject) {
		key, sum := s.put([]byte("before"))
		s.overwrite(key, []byte("after it all"))
		s.wantError(key, sum, blob.ErrChanged)
	},
	"finds a changed byte": func(s subject) {
		key, sum := s.put([]byte("not changed"))
		if err := os.WriteFile(s.file(key), []byte("now changed"), 0o600); err != nil {
			s.Fatal(err)
		}
		s.wantError(key, sum, blob.ErrChanged)
	},
	"deletes twice": func(s subject) {
		key, sum := s.put([]byte("short-lived"))
		for range 2 {
			if err := s.Delete(s.Context(), key); err != nil {
				s.Error(err)
			}
		}
		s.wantError(key, sum, blob.ErrNotFound)
		s.put([]byte("short-lived"))
		s.wantContent(key, sum, []byte("short-lived"))
	},
	"takes the same from many": func(s subject) {
		s.fromMany(16, noise(100<<10))
	},
	"takes the same large file from many": func(s subject) {
		s.fromMany(2, noise(20<<20))
	},
	"stores nothing for who has gone": func(s subject) {
		key, sum := s.put([]byte("gone"))
		if err := s.Delete(s.Context(), key); err != nil {
			s.Fatal(err)
		}
		ctx, cancel := context.WithCancel(s.Context())
		cancel()
		if _, _, err := s.Put(ctx, "image/png", []byte("gone")); err == nil {
			s.Error("a Put without time says that it has stored the file")
		}
		s.wantError(key, sum, blob.ErrNotFound)
	},
}

func open(t *testing.T, p place) *blob.Store {
	t.Helper()
	s, err := blob.Open(t.Context(), p.where)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// noise is content that no other test has.
func noise(size int) []byte {
	var seed [32]byte
	for i := range seed {
		seed[i] = byte(rand.Uint32())
	}
	content := make([]byte, size)
	_, _ = rand.NewChaCha8(seed).Read(content)
	return content
}

func (s subject) put(content []byte) (key, sum string) {
	s.Helper()
	sum, key, err := s.Put(s.Context(), "image/png", content)
	if err != nil {
		s.Fatal(err)
	}
	return key, sum
}

// keepsTheFirst puts a file twice and tells them apart by what else is kept with them.
func (s subject) keepsTheFirst(content []byte) {
	s.Helper()
	key, sum := s.put(content)
	before := s.attributes(key)
	again, sameKey, err := s.Put(s.Context(), "text/plain", content)
	if err != nil || again != sum || sameKey != key {
		s.Errorf("a second Put: %s, %s, %v", again, sameKey, err)
	}
	after := s.attributes(key)
	if after.ContentType != "image/png" || after.ETag != before.ETag || !after.ModTime.Equal(before.ModTime) {
		s.Errorf("a second Put changed the file from %+v to %+v", before, after)
	}
	s.wantContent(key, sum, content)
}

// fromMany puts the same content n times at once.
func (s subject) fromMany(n int, content []byte) {
	s.Helper()
	var all sync.WaitGroup
	failed := make(chan error, n)
	for i := range n {
		all.Go(func() {
			if _, _, err := s.Put(s.Context(), fmt.Sprintf("image/png; n=%d", i), content); err != nil {
				failed <- err
			}
		})
	}
	all.Wait()
	close(failed)
	for err := range failed {
		s.Error(err)
	}
	key, sum := s.put(content)
	s.wantContent(key, sum, content)
}

// overwrite does what this package never would.
func (s subject) overwrite(key string, content []byte) {
	s.Helper()
	if err := s.raw.WriteAll(s.Context(), key, content, nil); err != nil {
		s.Fatal(err)
	}
}

func (s subject) attributes(key string) *gocloud.Attributes {
	s.Helper()
	a, err := s.raw.Attributes(s.Context(), key)
	if err != nil {
		s.Fatal(err)
	}
	return a
}

func (s subject) wantContent(key, sum string, want []byte) {
	s.Helper()
	got, err := s.Read(s.Context(), key, sum)
	if err != nil || !bytes.Equal(got, want) {
		s.Errorf("got %d bytes, %v; want %d bytes", len(got), err, len(want))
	}
}

func (s subject) wantError(key, sum string, want error) {
	s.Helper()
	if got, err := s.Read(s.Context(), key, sum); !errors.Is(err, want) || got != nil {
		s.Errorf("got %d bytes, %v; want %v", len(got), err, want)
	}
}
