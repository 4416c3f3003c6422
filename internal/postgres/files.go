package postgres

import (
	"context"
	"fmt"
	"time"

	"truckroll/dispatch"
	"truckroll/internal/postgres/db"
)

// File is a file in the file store, named by its hash.
type File struct {
	SHA256      string    `json:"sha256"` // hex
	Number      string    `json:"number"` // of the job it belongs to
	Kind        string    `json:"kind"`
	ContentType string    `json:"content_type"`
	SizeBytes   int64     `json:"size_bytes"`
	Key         string    `json:"-"` // in the file store
	At          time.Time `json:"at"`
}

// ClaimFile makes a file's hash this job's for ever. The same job again changes nothing;
// another job is refused (photo_seen_before, VI-8).
func (s *Store) ClaimFile(ctx context.Context, f File) error {
	row, err := s.q.ClaimFile(ctx, db.ClaimFileParams{
		Sha256: f.SHA256, Job: f.Number, Kind: f.Kind, ContentType: f.ContentType, SizeBytes: f.SizeBytes, Key: f.Key,
	})
	switch {
	case is(err, foreignKeyViolation):
		return notFound("job", f.Number)
	case err != nil:
		return fmt.Errorf("claiming the file: %w", err)
	case row.Job != f.Number:
		return dispatch.Refuse(dispatch.CodePhotoSeen, dispatch.RulePhotos, "This photo was used on another job. Take a new one here.")
	}
	return nil
}

// File returns a file by its hash (not_found).
func (s *Store) File(ctx context.Context, sha256 string) (File, error) {
	row, err := s.q.GetFile(ctx, sha256)
	if err != nil {
		return File{}, missing(err, "reading the file", "file", sha256)
	}
	return file(row), nil
}

// Files lists a job's files in the order they came.
func (s *Store) Files(ctx context.Context, number string) ([]File, error) {
	rows, err := s.q.FilesOf(ctx, number)
	if err != nil {
		return nil, fmt.Errorf("listing files: %w", err)
	}
	out := make([]File, len(rows))
	for i, r := range rows {
		out[i] = file(r)
	}
	return out, nil
}

func file(r db.File) File {
	return File{SHA256: r.Sha256, Number: r.Job, Kind: r.Kind, ContentType: r.ContentType, SizeBytes: r.SizeBytes, Key: r.Key, At: r.At}
}
