package api

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"truckroll/api/gen"
	"truckroll/dispatch"
	"truckroll/internal/postgres"
)

// signingTime is how long a customer has from being handed the phone to signing.
const signingTime = 30 * time.Minute

// OpenSigningSession lets the customer of a job sign on the phone at hand (VI-12). The
// token's 128 random bits are kept as a hash only, so that asking again makes another.
func (s *server) OpenSigningSession(
	ctx context.Context, r gen.OpenSigningSessionRequestObject,
) (gen.OpenSigningSessionResponseObject, error) {
	rec, err := s.readable(ctx, r.Number)
	if err != nil {
		return nil, err
	}
	std, err := s.store.Standard(ctx, rec.Job.Standard)
	if err != nil {
		return nil, err
	}
	if rec.Job.Status != dispatch.StatusOnSite || std.Form == nil {
		return nil, dispatch.Refuse(dispatch.CodeWrongStatus, dispatch.RuleSigned, "The form is signed while the installer is on site; the job is %s.", rec.Job.Status)
	}
	token, until := rand.Text(), s.now().Add(signingTime).UTC()
	customer := postgres.Identity{Actor: dispatch.Actor{Role: dispatch.RoleCustomer, ID: r.Number}}
	if err := s.store.PutToken(ctx, token, customer, "signing session", &until); err != nil {
		return nil, err
	}
	return gen.OpenSigningSession201JSONResponse{Token: token, ExpiresAt: until, Consent: std.Form.Consent}, nil
}

// SignForm stores the customer's signature and adds it to the visit (VI-12).
func (s *server) SignForm(ctx context.Context, r gen.SignFormRequestObject) (gen.SignFormResponseObject, error) {
	rec, err := s.readable(ctx, r.Number)
	if err != nil {
		return nil, err
	}
	content, err := signature(r.Body)
	if err != nil {
		return nil, err
	}
	cmd := &dispatch.Sign{Signer: string(r.Body.Signer), SHA256: sha256Hex(content), Consent: r.Body.Consent}
	if r.Body.Place != (gen.Place{}) {
		cmd.Place = &r.Body.Place
	}
	if !rec.Job.Status.Ended() {
		cmd.SHA256, err = s.keep(ctx, &rec.Job, dispatch.FileSignature, kindSignature, echo.MIMEApplicationJSON, content)
		if err != nil {
			return nil, signedElsewhere(err)
		}
	}
	receipt, err := s.command(ctx, r.Number, r.Params.IdempotencyKey, r.Params.DeviceAt, cmd)
	if err != nil {
		return nil, err
	}
	return gen.SignForm200JSONResponse{Sha256: cmd.SHA256, Receipt: receipt}, nil
}

const kindSignature = "signature"

// signature returns what is stored of a signature: who signed what text, and the strokes
// with their times or the picture. Names stay in this file, out of the job's process.
func signature(in *gen.SignatureUpload) ([]byte, error) {
	switch {
	case (len(in.Strokes) > 0) == (len(in.Image) > 0):
		return nil, invalid(dispatch.RuleSigned, "strokes", "Send the signature's strokes, or a picture of it; one of the two.")
	case in.Signer == gen.SignatureUploadSignerRepresentative && strings.TrimSpace(in.Name) == "":
		return nil, invalid(dispatch.RuleSigned, "name", "Say who signs for the customer.")
	case len(in.Image) > 0:
		if _, err := checkImage(in.Image, dispatch.CodeInvalid, dispatch.RuleSigned); err != nil {
			return nil, under("image", err)
		}
	}
	file := dispatch.SignatureFile{Signer: string(in.Signer), Name: in.Name, Consent: in.Consent, Image: in.Image}
	if in.Place != (gen.Place{}) {
		file.Place = &in.Place
	}
	for _, stroke := range in.Strokes {
		points := make([]dispatch.StrokePoint, len(stroke))
		for i, p := range stroke {
			points[i] = dispatch.StrokePoint{X: p.X, Y: p.Y, T: p.T}
		}
		file.Strokes = append(file.Strokes, points)
	}
	content, err := json.Marshal(file)
	if err != nil {
		return nil, fmt.Errorf("writing the signature: %w", err)
	}
	return content, nil
}

// signedElsewhere names the right rule: nobody draws the same strokes twice.
func signedElsewhere(err error) error {
	var r *dispatch.Refusal
	if errors.As(err, &r) && r.Code == dispatch.CodePhotoSeen {
		return dispatch.Refuse(r.Code, dispatch.RuleSigned, "This signature was used on another job. Have the customer sign here.")
	}
	return err
}
