package blob_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"truckroll/internal/blob"
)

func TestPutKeepsTheFirst(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "files")
	s, err := blob.OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	sum, key, err := s.Put(t.Context(), "image/png", []byte("a picture"))
	if err != nil {
		t.Fatal(err)
	}
	if again, _, err := s.Put(t.Context(), "text/plain", []byte("a picture")); err != nil || again != sum {
		t.Fatalf("a second Put: %s, %v", again, err)
	}
	if got, err := s.Read(t.Context(), key, sum); err != nil || string(got) != "a picture" {
		t.Fatalf("got %q, %v", got, err)
	}
	if _, err := s.Read(t.Context(), blob.Key("0000"), sum); !errors.Is(err, blob.ErrNotFound) {
		t.Fatalf("a file that is not there: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, filepath.FromSlash(key)), []byte("a picturf"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Read(t.Context(), key, sum); !errors.Is(err, blob.ErrChanged) {
		t.Fatalf("a file that was changed: %v", err)
	}
	for range 2 {
		if err := s.Delete(t.Context(), key); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Read(t.Context(), key, sum); !errors.Is(err, blob.ErrNotFound) {
		t.Fatalf("a file that was deleted: %v", err)
	}
}
