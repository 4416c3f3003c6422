package api

import (
	"context"
	"crypto/subtle"
	_ "embed"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"truckroll/api/gen"
	"truckroll/dispatch"
	"truckroll/internal/postgres"
)

const contentPDF = "application/pdf"

// verifyPage lets anybody with a document check it without handing it over: the page hashes
// the file itself, and asks about the hash. It is what the QR code on a document opens.
func verifyPage(c echo.Context) error {
	h := c.Response().Header()
	h.Set(echo.HeaderContentSecurityPolicy, "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'unsafe-inline'; connect-src 'self'")
	return c.HTMLBlob(http.StatusOK, verifyHTML)
}

//go:embed verify.html
var verifyHTML []byte

// getDocument returns a sealed document of a job (VI-12, NA-4).
func (s *server) getDocument(c echo.Context) error {
	ctx, number := c.Request().Context(), c.Param("number")
	if _, err := s.readable(ctx, number); err != nil {
		return err
	}
	d, err := s.store.Document(ctx, c.Param("document"))
	if err != nil {
		return err
	}
	if d.Number != number {
		return dispatch.Refuse(dispatch.CodeNotFound, "", "This job has no such document.")
	}
	return s.sendDocument(ctx, c, d)
}

func (s *server) sendDocument(ctx context.Context, c echo.Context, d postgres.StoredDocument) error {
	f, err := s.store.File(ctx, d.SHA256)
	if err != nil {
		return err
	}
	if f.DeletedAt != nil {
		return gone(f)
	}
	content, err := s.files.Read(ctx, f.Key, f.SHA256)
	if err != nil {
		return fmt.Errorf("document %s: %w", d.No, err)
	}
	c.Response().Header().Set(echo.HeaderContentDisposition, `inline; filename="`+d.No+`.pdf"`)
	return inert(c, contentPDF, content)
}

// openDocument gives a document to the customer, who has the link and no account (VI-12).
// Whatever is wrong with a link, the answer is the same.
func (s *server) openDocument(c echo.Context) error {
	ctx, cancel := context.WithTimeout(c.Request().Context(), readTimeout)
	defer cancel()
	none := dispatch.Refuse(dispatch.CodeNotFound, "", "This link leads nowhere. Look whether it is complete, or ask for the document.")
	d, err := s.store.Document(ctx, c.Param("document"))
	if _, refused := errors.AsType[*dispatch.Refusal](err); refused {
		return none
	}
	if err != nil {
		return err
	}
	if subtle.ConstantTimeCompare([]byte(dispatch.DocumentToken(d.SHA256)), []byte(c.Param("token"))) != 1 {
		return none
	}
	return s.sendDocument(ctx, c, d)
}

// VerifyDocument tells anybody who has a document whether it is genuine, and nothing else:
// a number that was never given out looks like a file that was changed.
func (s *server) VerifyDocument(ctx context.Context, r gen.VerifyDocumentRequestObject) (gen.VerifyDocumentResponseObject, error) {
	d, err := s.store.Document(ctx, r.Document)
	if refusal, ok := errors.AsType[*dispatch.Refusal](err); ok && refusal.Code == dispatch.CodeNotFound {
		return gen.VerifyDocument200JSONResponse{}, nil
	}
	if err != nil {
		return nil, err
	}
	return gen.VerifyDocument200JSONResponse{Genuine: d.SHA256 == strings.ToLower(r.Params.Sha256)}, nil
}
