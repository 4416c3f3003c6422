package api

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"truckroll/dispatch"
	"truckroll/internal/uploads"
)

// UploadsPath is where large files are taken in by the tus protocol 1.0.
const UploadsPath = basePath + "/uploads"

// contentUpload says that a photo was uploaded before, and is named in the query.
const contentUpload = "application/vnd.truckroll.upload"

// Uploads takes in files in parts. A finished one is not part of a job before a command
// names it.
type Uploads interface {
	http.Handler
	// Read returns a finished upload of the caller's.
	Read(ctx context.Context, id string) ([]byte, error)
}

// Owner names the caller of a request, for uploads that are nobody else's.
func Owner(ctx context.Context) string {
	c := caller(ctx)
	return string(c.Role) + "/" + c.ID
}

// mountUploads serves the tus protocol beside the description's routes: it has methods and
// headers of its own, and repeats safely by offset instead of by Idempotency-Key.
func (s *server) mountUploads(e *echo.Echo) {
	if s.uploads == nil {
		return
	}
	serve := func(c echo.Context) error {
		r := c.Request()
		who, err := s.authenticate(r.Context(), r)
		if err != nil {
			return err
		}
		if !slices.Contains(everyone, who.Role) {
			return dispatch.Refuse(dispatch.CodeForbidden, "", "This is for the roles %v; yours is %s.", everyone, who.Role)
		}
		ctx, cancel := context.WithTimeout(context.WithValue(r.Context(), actorKey{}, who), uploadTimeout)
		defer cancel()
		s.uploads.ServeHTTP(c.Response(), r.WithContext(ctx))
		return nil
	}
	for _, method := range []string{http.MethodPost, http.MethodHead, http.MethodPatch, http.MethodDelete} {
		e.Add(method, UploadsPath, serve)
		e.Add(method, UploadsPath+"/:id", serve)
	}
}

// readUpload reads the photo that a command names by the id of its upload.
func (s *server) readUpload(c echo.Context) ([]byte, error) {
	if s.uploads == nil {
		return nil, dispatch.Refuse(dispatch.CodeNotFound, "", "There are no uploads here.")
	}
	content, err := s.uploads.Read(c.Request().Context(), c.QueryParam("upload"))
	var r *dispatch.Refusal
	switch {
	case errors.Is(err, uploads.ErrNotFound):
		r = dispatch.Refuse(dispatch.CodeNotFound, "", "There is no such upload of yours. Begin it anew.")
	case errors.Is(err, uploads.ErrUnfinished):
		r = dispatch.Refuse(dispatch.CodePhotoUnreadable, dispatch.RulePhotos, "The upload is not finished. Ask for its offset with HEAD and go on from there.")
	default:
		return content, err
	}
	r.Field = "upload"
	return nil, r
}
