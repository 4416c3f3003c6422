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
	SHA256      string               `json:"sha256"` // hex
	Number      string               `json:"number"` // of the job it belongs to
	Kind        string               `json:"kind"`
	Class       dispatch.FileClass   `json:"class"`
	ContentType string               `json:"content_type"`
	SizeBytes   int64                `json:"size_bytes"`
	Key         string               `json:"-"` // in the file store
	At          time.Time            `json:"at"`
	ConfirmedAt *time.Time           `json:"confirmed_at,omitempty"`
	DeletedAt   *time.Time           `json:"deleted_at,omitempty"` // its period was over
	DeletedFor  string               `json:"deleted_for,omitempty"`
	Facts       *dispatch.PhotoFacts `json:"facts,omitempty"`
	Variants    dispatch.Variants    `json:"variants,omitempty"`
}

// ClaimFile makes a file's hash this job's for ever; it is not part of the job before an
// outcome names it. The same job again changes nothing; another job is refused
// (photo_seen_before, VI-8), and so is what goes over the quota (quota_used_up).
//
// Revived means that it had been deleted unused: its content has to be stored anew.
func (s *Store) ClaimFile(ctx context.Context, f File, quota *dispatch.PhotoRules) (revived bool, err error) {
	if quota != nil {
		used, err := s.q.FilesUsed(ctx, f.Number)
		if err != nil {
			return false, fmt.Errorf("counting files: %w", err)
		}
		if used.Files >= int64(quota.MaxFiles) || used.Bytes+f.SizeBytes > int64(quota.MaxMiB)<<20 {
			return false, dispatch.Refuse(dispatch.CodeQuota, dispatch.RulePhotos,
				"A job keeps %d files and %d MiB at most. Ask the dispatcher.", quota.MaxFiles, quota.MaxMiB)
		}
	}
	row, err := s.q.ClaimFile(ctx, db.ClaimFileParams{
		Sha256: f.SHA256, Job: f.Number, Kind: f.Kind, Class: string(f.Class), ContentType: f.ContentType, SizeBytes: f.SizeBytes, Key: f.Key,
	})
	switch {
	case is(err, foreignKeyViolation):
		return false, notFound("job", f.Number)
	case err != nil:
		return false, fmt.Errorf("claiming the file: %w", err)
	case row.Job != f.Number:
		return false, dispatch.Refuse(dispatch.CodePhotoSeen, dispatch.RulePhotos, "This photo was used on another job. Take a new one here.")
	}
	return row.Revived, nil
}

// File returns a file by its hash (not_found).
func (s *Store) File(ctx context.Context, sha256 string) (File, error) {
	row, err := s.q.GetFile(ctx, sha256)
	if err != nil {
		return File{}, missing(err, "reading the file", "file", sha256)
	}
	return file(row), nil
}

// Files lists the files that are part of a job in the order they came, the deleted ones too.
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

// KeepFacts stores what was measured on a photo, what to find those like it by, and the
// variants that were made of it.
func (s *Store) KeepFacts(ctx context.Context, sha256 string, f dispatch.PhotoFacts, look Look, variants dispatch.Variants) error {
	if variants == nil {
		variants = dispatch.Variants{}
	}
	p := db.KeepFactsParams{Sha256: sha256, Facts: &f, Look: look.Small, Variants: variants}
	if len(look.Small) > 0 {
		hash := int64(look.Hash)
		p.Phash = &hash
	}
	return wrap(s.q.KeepFacts(ctx, p), "keeping a photo's facts")
}

// Look is what photos that look the same are found by.
type Look struct {
	Hash   uint64 // perceptual: near ones differ in few bits
	Small  []byte // the picture in small
	SHA256 string // of the photo
	Number string // of its job
}

// Alike returns the photos that may look the same as a file: those of its job, and of its kind
// on other jobs, whose perceptual hash differs in at most that many bits. Its own job's come
// first, then the nearest.
func (s *Store) Alike(ctx context.Context, f File, hash uint64, within, limit int) ([]Look, error) {
	rows, err := s.q.FilesAlike(ctx, db.FilesAlikeParams{
		Phash: int64(hash), Sha256: f.SHA256, Kind: f.Kind, Job: f.Number,
		Within: int32(within), Count: int32(limit),
	})
	if err != nil {
		return nil, fmt.Errorf("looking for photos alike: %w", err)
	}
	out := make([]Look, len(rows))
	for i, r := range rows {
		out[i] = Look{Small: r.Look, SHA256: r.Sha256, Number: r.Job}
	}
	return out, nil
}

// StoredDocument is a sealed document in the archive.
type StoredDocument struct {
	No     string
	Number string // of the job
	Kind   dispatch.DocumentKind
	SHA256 string
	At     time.Time
}

// Document returns a sealed document by its number (not_found).
func (s *Store) Document(ctx context.Context, no string) (StoredDocument, error) {
	r, err := s.q.GetDocument(ctx, no)
	if err != nil {
		return StoredDocument{}, missing(err, "reading the document", "document", no)
	}
	return StoredDocument{No: r.No, Number: r.Job, Kind: dispatch.DocumentKind(r.Kind), SHA256: r.Sha256, At: r.At}, nil
}

func file(r db.File) File {
	return File{
		SHA256: r.Sha256, Number: r.Job, Kind: r.Kind, Class: dispatch.FileClass(r.Class), ContentType: r.ContentType,
		SizeBytes: r.SizeBytes, Key: r.Key, At: r.At, ConfirmedAt: r.ConfirmedAt, DeletedAt: r.DeletedAt, DeletedFor: r.DeletedFor,
		Facts: r.Facts, Variants: r.Variants,
	}
}
