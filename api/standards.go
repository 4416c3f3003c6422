package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"unicode/utf8"

	"truckroll/api/gen"
	"truckroll/dispatch"
)

// ListStandards lists all versions.
func (s *server) ListStandards(ctx context.Context, _ gen.ListStandardsRequestObject) (gen.ListStandardsResponseObject, error) {
	versions, err := s.store.Standards(ctx)
	if err != nil {
		return nil, err
	}
	out := gen.StandardList{Standards: make([]gen.StandardInfo, len(versions))}
	for i, v := range versions {
		std, err := s.store.Standard(ctx, v.Version)
		if err != nil {
			return nil, err
		}
		out.Standards[i] = gen.StandardInfo{Version: v.Version, Name: std.Name, InForceFrom: v.InForceFrom}
	}
	return gen.ListStandards200JSONResponse(out), nil
}

// GetCurrentStandard returns the standard that new jobs get.
func (s *server) GetCurrentStandard(
	ctx context.Context, _ gen.GetCurrentStandardRequestObject,
) (gen.GetCurrentStandardResponseObject, error) {
	std, err := s.store.Current(ctx)
	if err != nil {
		return nil, err
	}
	return gen.GetCurrentStandard200JSONResponse(*std), nil
}

// GetStandard returns one version.
func (s *server) GetStandard(ctx context.Context, r gen.GetStandardRequestObject) (gen.GetStandardResponseObject, error) {
	std, err := s.store.Standard(ctx, r.Version)
	if err != nil {
		return nil, asNotFound(err)
	}
	return gen.GetStandard200JSONResponse(*std), nil
}

// asNotFound answers 404 where the unknown standard is what the address names.
func asNotFound(err error) error {
	var r *dispatch.Refusal
	if errors.As(err, &r) && r.Code == dispatch.CodeStandardUnknown {
		return dispatch.Refuse(dispatch.CodeNotFound, "", "%s", r.Message)
	}
	return err
}

// AddStandard puts a version in force for new jobs, now or from a later moment on.
func (s *server) AddStandard(ctx context.Context, r gen.AddStandardRequestObject) (gen.AddStandardResponseObject, error) {
	source, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	if !utf8.Valid(source) {
		return nil, badRequest("", "The body is not valid UTF-8.")
	}
	later := r.Params.InForceFrom.UTC()
	_, out, err := once(ctx, s, "addStandard", r.Params.IdempotencyKey, []any{source, later}, func() (int, gen.StandardInfo, error) {
		from := s.now().UTC()
		if later.After(from) {
			from = later
		}
		std, err := s.store.PutStandard(ctx, source, from)
		if err != nil {
			return 0, gen.StandardInfo{}, err
		}
		return http.StatusCreated, gen.StandardInfo{Version: std.Version, Name: std.Name, InForceFrom: from}, nil
	})
	if err != nil {
		return nil, err
	}
	return gen.AddStandard201JSONResponse(out), nil
}
