package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"truckroll/api/gen"
	"truckroll/dispatch"
	"truckroll/internal/postgres"
)

const kindSignature = "signature"

// keep stores a file and claims it for the job, for ever; it returns the file's SHA-256. A
// file that another job has is refused (VI-8).
func (s *server) keep(ctx context.Context, number, kind, contentType string, content []byte) (string, error) {
	sum, key, err := s.files.Put(ctx, contentType, content)
	if err != nil {
		return "", err
	}
	return sum, s.store.ClaimFile(ctx, postgres.File{
		SHA256: sum, Number: number, Kind: kind, ContentType: contentType, SizeBytes: int64(len(content)), Key: key,
	})
}

// SignForm stores the customer's signature and adds it to the visit (VI-12).
func (s *server) SignForm(ctx context.Context, r gen.SignFormRequestObject) (gen.SignFormResponseObject, error) {
	rec, err := s.readable(ctx, r.Number)
	if err != nil {
		return nil, err
	}
	content, contentType, err := signature(r.Body)
	if err != nil {
		return nil, err
	}
	cmd := &dispatch.Sign{Signer: string(r.Body.Signer), SHA256: sha256Hex(content)}
	if !rec.Job.Status.Ended() {
		if cmd.SHA256, err = s.keep(ctx, r.Number, kindSignature, contentType, content); err != nil {
			return nil, signedElsewhere(err)
		}
	}
	receipt, err := s.command(ctx, r.Number, r.Params.IdempotencyKey, r.Params.DeviceAt, cmd)
	if err != nil {
		return nil, err
	}
	return gen.SignForm200JSONResponse{Sha256: cmd.SHA256, Receipt: receipt}, nil
}

// signature returns what is stored of a signature: its strokes as JSON, or the picture.
func signature(in *gen.SignatureUpload) ([]byte, string, error) {
	switch {
	case (len(in.Strokes) > 0) == (len(in.Image) > 0):
		return nil, "", invalid(dispatch.RuleSigned, "strokes", "Send the signature's strokes, or a picture of it; one of the two.")
	case len(in.Image) > 0:
		contentType, err := checkImage(in.Image, dispatch.CodeInvalid, dispatch.RuleSigned)
		return in.Image, contentType, under("image", err)
	}
	content, err := json.Marshal(in.Strokes)
	if err != nil {
		return nil, "", fmt.Errorf("writing strokes: %w", err)
	}
	return content, echo.MIMEApplicationJSON, nil
}

// signedElsewhere names the right rule: nobody draws the same strokes twice.
func signedElsewhere(err error) error {
	var r *dispatch.Refusal
	if errors.As(err, &r) && r.Code == dispatch.CodePhotoSeen {
		return dispatch.Refuse(r.Code, dispatch.RuleSigned, "This signature was used on another job. Have the customer sign here.")
	}
	return err
}

// getFile returns a photo or signature of a job.
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
	content, _, err := s.files.Open(ctx, f.Key)
	if err != nil {
		return fmt.Errorf("file %s of job %s: %w", f.SHA256, f.Number, err)
	}
	defer content.Close()
	// It was uploaded by somebody: a browser shows it as what it was checked to be, or not at all.
	h := c.Response().Header()
	h.Set(echo.HeaderXContentTypeOptions, "nosniff")
	h.Set(echo.HeaderContentSecurityPolicy, "default-src 'none'; sandbox")
	h.Set(echo.HeaderCacheControl, "private, max-age=3600, immutable")
	return c.Stream(http.StatusOK, f.ContentType, content)
}
