package api

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"truckroll/api/gen"
	"truckroll/dispatch"
	"truckroll/internal/postgres"
)

// keep stores a file and claims it for the job, for ever; it returns the file's SHA-256. A
// file that another job has is refused (VI-8), and so is what goes over the quota.
func (s *server) keep(ctx context.Context, job *dispatch.Job, class dispatch.FileClass, kind, contentType string, content []byte) (string, error) {
	std, err := s.store.Standard(ctx, job.Standard)
	if err != nil {
		return "", err
	}
	sum, key, err := s.files.Put(ctx, contentType, content)
	if err != nil {
		return "", err
	}
	revived, err := s.store.ClaimFile(ctx, postgres.File{
		SHA256: sum, Number: job.Number, Kind: kind, Class: class, ContentType: contentType, SizeBytes: int64(len(content)), Key: key,
	}, std.Photo)
	if err == nil && revived {
		_, _, err = s.files.Put(ctx, contentType, content) // what was there was on its way out
	}
	return sum, err
}

// HoldFiles keeps the files of a job whatever their period, e.g. for a dispute.
func (s *server) HoldFiles(ctx context.Context, r gen.HoldFilesRequestObject) (gen.HoldFilesResponseObject, error) {
	if err := s.mayTouch(ctx, r.Number); err != nil {
		return nil, err
	}
	if err := s.store.HoldFiles(ctx, r.Number, r.Body.Reason, caller(ctx).Actor); err != nil {
		return nil, err
	}
	return gen.HoldFiles204Response{}, nil
}

// ReleaseFiles lets the files of a job go when their period is over.
func (s *server) ReleaseFiles(ctx context.Context, r gen.ReleaseFilesRequestObject) (gen.ReleaseFilesResponseObject, error) {
	if err := s.mayTouch(ctx, r.Number); err != nil {
		return nil, err
	}
	if err := s.store.ReleaseFiles(ctx, r.Number); err != nil {
		return nil, err
	}
	return gen.ReleaseFiles204Response{}, nil
}

// getFile returns a photo or signature of a job. What people see of a photo is the picture
// alone; the original, with what the camera wrote beside it, is for supervisors.
func (s *server) getFile(c echo.Context) error {
	ctx := c.Request().Context()
	if _, err := s.readable(ctx, c.Param("number")); err != nil {
		return err
	}
	f, err := s.store.File(ctx, c.Param("sha256"))
	if err != nil {
		return err
	}
	if f.Number != c.Param("number") {
		return dispatch.Refuse(dispatch.CodeNotFound, "", "This job has no such file.")
	}
	if f.DeletedAt != nil {
		return gone(f)
	}
	sum, key, contentType := f.SHA256, f.Key, f.ContentType
	if f.Class == dispatch.FilePhoto {
		as := cmp.Or(c.QueryParam("as"), dispatch.VariantView)
		v, ok := f.Variants.Find(as)
		switch {
		case as == "original" && caller(ctx).Role != dispatch.RoleSupervisor:
			return dispatch.Refuse(dispatch.CodeForbidden, "", "The original is for supervisors. Ask for as=view.")
		case as == "original":
		case !ok:
			return dispatch.Refuse(dispatch.CodeNotFound, "", "The photo was not looked at, so there is no %s of it.", as)
		default:
			sum, key, contentType = v.SHA256, v.Key, contentJPEG
		}
	}
	content, err := s.files.Read(ctx, key, sum)
	if err != nil {
		return fmt.Errorf("file %s of job %s: %w", sum, f.Number, err)
	}
	return inert(c, contentType, content)
}

// gone tells that a file's period is over.
func gone(f postgres.File) error {
	return dispatch.Refuse(dispatch.CodeNotFound, "", "The file was deleted on %s: %s.", f.DeletedAt.Format(time.DateOnly), f.DeletedFor)
}

// inert sends what somebody uploaded: a browser shows it as what it was checked to be, or
// not at all.
func inert(c echo.Context, contentType string, content []byte) error {
	h := c.Response().Header()
	h.Set(echo.HeaderXContentTypeOptions, "nosniff")
	h.Set(echo.HeaderContentSecurityPolicy, "default-src 'none'; sandbox")
	h.Set(echo.HeaderCacheControl, "private, max-age=3600, immutable")
	return c.Blob(http.StatusOK, contentType, content)
}
