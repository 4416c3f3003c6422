// Package blob keeps photos, signatures and documents in a folder or in S3. Each file is named by its content,
// so that what was stored as proof (VI-8, VI-12) can be checked against its name for ever.
package blob

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/aws/smithy-go"
	"gocloud.dev/blob"
	"gocloud.dev/blob/fileblob"
	"gocloud.dev/blob/s3blob"
	"gocloud.dev/gcerrors"
)

// ErrNotFound is returned for a file that is not in the store, ErrChanged for one whose
// content is not what its hash says.
var (
	ErrNotFound = errors.New("no such file")
	ErrChanged  = errors.New("the file was changed in the store")
)

// Store is a file store.
type Store struct{ bucket *blob.Bucket }

// Open opens a store at a folder, or at an s3:// URL as in https://gocloud.dev/howto/blob/#s3, whose bucket must be
// there.
func Open(ctx context.Context, where string) (*Store, error) {
	if !strings.Contains(where, "://") {
		return OpenFolder(where)
	}
	u, err := url.Parse(where)
	if err != nil {
		return nil, fmt.Errorf("opening the file store: %w", err)
	}
	if q := u.Query(); u.Scheme == s3blob.Scheme && !q.Has(responseChecksums) {
		// Read checks more than a checksum of transport; that would only take its place, as an error that nobody knows.
		q.Set(responseChecksums, "when_required")
		u.RawQuery = q.Encode()
	}
	b, err := blob.OpenBucket(ctx, u.String())
	if err != nil {
		return nil, fmt.Errorf("opening the file store: %w", err)
	}
	// In a bucket that is not there nothing would be found, and deleting would always succeed.
	if there, err := b.IsAccessible(ctx); err != nil || !there {
		if err == nil {
			err = errors.New("no such bucket")
		}
		return nil, errors.Join(fmt.Errorf("opening the file store %s: %w", u.Host, err), b.Close())
	}
	return &Store{bucket: b}, nil
}

const responseChecksums = "response_checksum_validation"

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
	if err := s.write(ctx, key, content, &blob.WriterOptions{ContentType: contentType, IfNotExist: true}); err != nil {
		return "", "", fmt.Errorf("storing file %s: %w", sum, err)
	}
	return sum, key, nil
}

// write writes a file, or leaves the one that is there.
func (s *Store) write(ctx context.Context, key string, content []byte, opts *blob.WriterOptions) error {
	for try := 0; ; try++ {
		err := s.bucket.WriteAll(ctx, key, content, opts)
		code := gcerrors.Code(err)
		switch {
		case err == nil:
			return nil
		case opts.IfNotExist && (code == gcerrors.AlreadyExists || code == gcerrors.FailedPrecondition):
			there, err := s.bucket.Exists(ctx, key)
			if err != nil || there {
				return err
			}
			// Of a bucket with versions some S3 servers, AWS not, say that it still has what was deleted.
			opts.IfNotExist = false
			continue
		case try >= maxConflicts || !s.isConflict(err):
			return err
		}
		select {
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		case <-time.After(conflictPause << try):
		}
	}
}

// A write repeats itself this often, with pauses that double each time: 3 seconds in all.
const (
	maxConflicts  = 6
	conflictPause = 50 * time.Millisecond
)

// isConflict tells whether S3 could not decide yet who of several was first, and wants to be asked again. The client
// does not do that by itself.
func (s *Store) isConflict(err error) bool {
	var answer smithy.APIError
	if !s.bucket.ErrorAs(err, &answer) {
		return false
	}
	code := answer.ErrorCode()
	return code == "ConditionalRequestConflict" || code == "OperationAborted"
}

// Read returns the file under a key, or [ErrNotFound]. Its content is what the hash says, or
// the error is [ErrChanged]: what was changed in the store is no proof of anything.
func (s *Store) Read(ctx context.Context, key, sha256Hex string) ([]byte, error) {
	content, err := s.bucket.ReadAll(ctx, key)
	switch {
	case gcerrors.Code(err) == gcerrors.NotFound:
		return nil, ErrNotFound
	case err != nil:
		return nil, fmt.Errorf("reading file %s: %w", key, err)
	}
	if sum := sha256.Sum256(content); hex.EncodeToString(sum[:]) != sha256Hex {
		return nil, fmt.Errorf("file %s: %w", key, ErrChanged)
	}
	return content, nil
}

// Delete removes a file; one that is not there is removed already.
func (s *Store) Delete(ctx context.Context, key string) error {
	if err := s.bucket.Delete(ctx, key); err != nil && gcerrors.Code(err) != gcerrors.NotFound {
		return fmt.Errorf("deleting file %s: %w", key, err)
	}
	return nil
}

// Close closes the store.
func (s *Store) Close() error { return s.bucket.Close() }
