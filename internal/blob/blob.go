// Package blob keeps photos and signatures in a folder. Each file is named by its content,
// so that what was stored as proof (VI-8, VI-12) can be checked against its name for ever.
package blob

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"

	"gocloud.dev/blob"
	"gocloud.dev/blob/fileblob"
	"gocloud.dev/gcerrors"
)

// ErrNotFound is returned for a file that is not in the store.
var ErrNotFound = errors.New("no such file")

// Store is a file store.
type Store struct{ bucket *blob.Bucket }

// OpenFolder opens a store in a folder, which is made if it is missing; only the owner may
// read it, as the pictures show people's homes.
func OpenFolder(dir string) (*Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the file store: %w", err)
	}
	// Temporary files stand beside the real ones: a rename across file systems is no rename.
	b, err := fileblob.OpenBucket(dir, &fileblob.Options{NoTempDir: true, DirFileMode: 0o700})
	if err != nil {
		return nil, fmt.Errorf("opening the file store %s: %w", dir, err)
	}
	return &Store{bucket: b}, nil
}

// Key returns where a file with this SHA-256 (hex) is kept. Two levels of folders keep
// each of them small.
func Key(sum string) string { return "sha256/" + sum[:2] + "/" + sum[2:4] + "/" + sum }

// Put stores content and returns its SHA-256 in hex and its key. Content that is there
// already is left as it is: a file is never written over.
func (s *Store) Put(ctx context.Context, contentType string, content []byte) (sum, key string, err error) {
	digest := sha256.Sum256(content)
	sum = hex.EncodeToString(digest[:])
	key = Key(sum)
	err = s.bucket.WriteAll(ctx, key, content, &blob.WriterOptions{ContentType: contentType, IfNotExist: true})
	if code := gcerrors.Code(err); err != nil && code != gcerrors.AlreadyExists && code != gcerrors.FailedPrecondition {
		return "", "", fmt.Errorf("storing file %s: %w", sum, err)
	}
	return sum, key, nil
}

// Open returns the file under a key and its content type, or [ErrNotFound]. The caller
// closes it.
func (s *Store) Open(ctx context.Context, key string) (io.ReadCloser, string, error) {
	r, err := s.bucket.NewReader(ctx, key, nil)
	switch {
	case gcerrors.Code(err) == gcerrors.NotFound:
		return nil, "", ErrNotFound
	case err != nil:
		return nil, "", fmt.Errorf("opening file %s: %w", key, err)
	}
	return r, r.ContentType(), nil
}

// Close closes the store.
func (s *Store) Close() error { return s.bucket.Close() }
