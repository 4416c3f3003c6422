package postgres

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"truckroll/dispatch"
	"truckroll/internal/postgres/db"
)

// StandardVersion is a version in the register of standards.
type StandardVersion struct {
	Version     string    `json:"version"`
	InForceFrom time.Time `json:"in_force_from"`
}

// PutStandard validates a Standard's YAML and keeps it, in force from a moment on. The same
// version with the same source again changes nothing; with another source it is refused
// (already_exists): a version never changes, jobs depend on it.
func (s *Store) PutStandard(ctx context.Context, source []byte, inForceFrom time.Time) (*dispatch.Standard, error) {
	std, err := dispatch.LoadStandard(source)
	if err != nil {
		return nil, dispatch.Refuse(dispatch.CodeInvalid, "", "%v", err)
	}
	n, err := s.q.PutStandard(ctx, db.PutStandardParams{Version: std.Version, Source: string(source), InForceFrom: inForceFrom})
	if err != nil {
		return nil, fmt.Errorf("keeping the standard: %w", err)
	}
	if n == 0 {
		old, err := s.q.StandardSource(ctx, std.Version)
		if err != nil {
			return nil, fmt.Errorf("reading the standard: %w", err)
		}
		if !bytes.Equal([]byte(old), source) {
			return nil, dispatch.Refuse(dispatch.CodeDuplicate, "",
				"The standard %s exists with another content, and versions never change. Give this one a new version.", std.Version)
		}
	}
	return std, nil
}

// Standard returns a version, parsed; it is not to be changed. An unknown version is
// refused (standard_unknown).
func (s *Store) Standard(ctx context.Context, version string) (*dispatch.Standard, error) {
	if v, ok := s.standards.Load(version); ok {
		if std, ok := v.(*dispatch.Standard); ok {
			return std, nil
		}
	}
	source, err := s.q.StandardSource(ctx, version)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, dispatch.Refuse(dispatch.CodeStandardUnknown, "", "There is no standard %q.", version)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the standard: %w", err)
	}
	std, err := dispatch.LoadStandard([]byte(source))
	if err != nil {
		return nil, fmt.Errorf("standard %s: %w", version, err)
	}
	s.standards.Store(version, std)
	return std, nil
}

// StandardSource returns a version as its author wrote it, in YAML.
func (s *Store) StandardSource(ctx context.Context, version string) ([]byte, error) {
	source, err := s.q.StandardSource(ctx, version)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, dispatch.Refuse(dispatch.CodeStandardUnknown, "", "There is no standard %q.", version)
	}
	return []byte(source), wrap(err, "reading the standard")
}

// Current returns the Standard in force: the one that new jobs are opened with.
func (s *Store) Current(ctx context.Context) (*dispatch.Standard, error) {
	version, err := s.q.CurrentStandard(ctx)
	if errors.Is(err, pgx.ErrNoRows) {
		if err := s.loadDefaultStandard(ctx); err != nil {
			return nil, err
		}
		version, err = s.q.CurrentStandard(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the standard in force: %w", err)
	}
	return s.Standard(ctx, version)
}

// Standards lists every version, the latest in force first.
func (s *Store) Standards(ctx context.Context) ([]StandardVersion, error) {
	rows, err := s.q.Standards(ctx)
	if err != nil {
		return nil, fmt.Errorf("listing standards: %w", err)
	}
	out := make([]StandardVersion, len(rows))
	for i, r := range rows {
		out[i] = StandardVersion{Version: r.Version, InForceFrom: r.InForceFrom}
	}
	return out, nil
}

// loadDefaultStandard keeps the Standard that comes with the product, in force since ever.
// A database that has its version with another text keeps that.
func (s *Store) loadDefaultStandard(ctx context.Context) error {
	_, err := s.PutStandard(ctx, dispatch.DefaultStandard(), time.Unix(0, 0).UTC())
	var r *dispatch.Refusal
	if errors.As(err, &r) && r.Code == dispatch.CodeDuplicate {
		return nil
	}
	return err
}
