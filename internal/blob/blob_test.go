package blob_test

import (
	"errors"
	"io"
	"testing"

	"truckroll/internal/blob"
)

func TestPutKeepsTheFirst(t *testing.T) {
	t.Parallel()
	s, err := blob.OpenFolder(t.TempDir() + "/files")
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
	r, contentType, err := s.Open(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	got, err := io.ReadAll(r)
	if err != nil || string(got) != "a picture" || contentType != "image/png" {
		t.Fatalf("got %q (%s), %v", got, contentType, err)
	}
	if _, _, err := s.Open(t.Context(), blob.Key("0000")); !errors.Is(err, blob.ErrNotFound) {
		t.Fatalf("a file that is not there: %v", err)
	}
}
