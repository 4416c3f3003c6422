package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"image"
	_ "image/jpeg" // photos come as JPEG
	_ "image/png"  // or PNG
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"truckroll/api/gen"
	"truckroll/dispatch"
)

const (
	// MaxPhotoBytes bounds a photo.
	MaxPhotoBytes   = 20 << 20
	maxPhotoPixels  = 64 << 20 // 64 MP: what a phone takes, and no decompression bomb
	formExtra       = 64 << 10 // what a form may add to a photo
	maxFieldBytes   = 200
	contentJPEG     = "image/jpeg"
	contentPNG      = "image/png"
	contentFormData = "multipart/form-data"
)

// uploadPhoto stores a photo and adds it to the visit (VI-8). The file is stored and
// claimed first: if the visit then refuses it, the same photo may be sent again.
func (s *server) uploadPhoto(c echo.Context) error {
	ctx, number := c.Request().Context(), c.Param("number")
	rec, err := s.readable(ctx, number)
	if err != nil {
		return err
	}
	deviceAt, err := optionalTime(c.Request().Header.Get("Device-At"), "Device-At")
	if err != nil {
		return err
	}
	content, fields, err := s.readPhoto(c)
	if err != nil {
		return err
	}
	cmd, err := photoCommand(fields)
	if err != nil {
		return err
	}
	contentType, err := checkImage(content, dispatch.CodePhotoUnreadable, dispatch.RulePhotos)
	if err != nil {
		return err
	}
	if rec.Job.Status.Ended() { // nothing is stored; a repeat still gets its first answer
		cmd.SHA256 = sha256Hex(content)
	} else if cmd.SHA256, err = s.keep(ctx, &rec.Job, dispatch.FilePhoto, cmd.Kind, contentType, content); err != nil {
		return err
	}
	receipt, err := s.command(ctx, number, c.Request().Header.Get("Idempotency-Key"), deviceAt, cmd)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, gen.PhotoReceipt{Sha256: cmd.SHA256, Receipt: receipt})
}

func sha256Hex(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// readPhoto reads the upload: raw with its fields in the query, a form, or one that came in
// parts and is named in the query.
func (s *server) readPhoto(c echo.Context) ([]byte, url.Values, error) {
	mediaType, params, err := mime.ParseMediaType(c.Request().Header.Get(echo.HeaderContentType))
	if err != nil {
		return nil, nil, badRequest("Content-Type", "The Content-Type cannot be read.")
	}
	if mediaType == contentUpload {
		content, err := s.readUpload(c)
		return content, c.QueryParams(), err
	}
	if mediaType != contentFormData {
		content, err := readUpTo(c.Request().Body, MaxPhotoBytes)
		return content, c.QueryParams(), err
	}
	var content []byte
	fields := url.Values{}
	form := multipart.NewReader(c.Request().Body, params["boundary"])
	for {
		part, err := form.NextRawPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, nil, broken(err)
		}
		name := part.FormName()
		switch {
		case name == "photo" && content == nil:
			content, err = readUpTo(part, MaxPhotoBytes)
		case slices.Contains(photoFields, name) && !fields.Has(name):
			var value []byte
			value, err = readUpTo(part, maxFieldBytes)
			fields.Set(name, string(value))
		default:
			err = badRequest("", "A form has the parts photo and %v, each once.", photoFields)
		}
		if err != nil {
			return nil, nil, err
		}
	}
	return content, fields, nil
}

//nolint:gochecknoglobals // a constant
var photoFields = []string{"kind", "taken_at", "latitude", "longitude", "accuracy_m", "reason"}

// broken passes on that a body is too large; otherwise it could not be read.
func broken(err error) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return err
	}
	return badRequest("", "The upload ended before it was complete.")
}

func readUpTo(r io.Reader, limit int64) ([]byte, error) {
	content, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, broken(err)
	}
	if int64(len(content)) > limit {
		return nil, &http.MaxBytesError{Limit: limit}
	}
	return content, nil
}

// photoCommand reads the fields of an upload.
func photoCommand(fields url.Values) (*dispatch.AddPhoto, error) {
	cmd := &dispatch.AddPhoto{Kind: fields.Get("kind"), Reason: fields.Get("reason")}
	if !plainName(cmd.Kind) {
		return nil, invalid(dispatch.RulePhotos, "kind", "Say what the photo shows, e.g. kind=splitter_label.")
	}
	taken, err := optionalTime(fields.Get("taken_at"), "taken_at")
	if err != nil {
		return nil, err
	}
	if !taken.IsZero() {
		cmd.TakenAt = &taken
	}
	if !fields.Has("latitude") && !fields.Has("longitude") {
		return cmd, nil
	}
	latitude, err1 := degrees(fields.Get("latitude"), 90)
	longitude, err2 := degrees(fields.Get("longitude"), 180)
	if errors.Join(err1, err2) != nil {
		return nil, invalid(dispatch.RulePhotos, "latitude", "Give both latitude and longitude, in degrees.")
	}
	cmd.Place = &dispatch.Place{Latitude: latitude, Longitude: longitude}
	if fields.Has("accuracy_m") {
		accuracy, err := degrees(fields.Get("accuracy_m"), 100_000)
		if err != nil || accuracy < 0 {
			return nil, invalid(dispatch.RulePhotos, "accuracy_m", "The accuracy is a number of metres.")
		}
		cmd.Place.AccuracyMetres = &accuracy
	}
	return cmd, nil
}

func plainName(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '_' {
			return false
		}
	}
	return true
}

var errRange = errors.New("out of range")

// degrees reads a number between -limit and limit; neither NaN nor infinity is one.
func degrees(text string, limit float64) (float64, error) {
	v, err := strconv.ParseFloat(text, 64)
	if err == nil && !(v >= -limit && v <= limit) { // NaN is in no range
		err = errRange
	}
	return v, err
}

func optionalTime(text, field string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, badRequest(field, "%s is a time such as 2026-03-02T09:00:00Z.", field)
	}
	return t, checkTime(t, field)
}

// checkImage refuses what is not a readable JPEG or PNG of a sane size. It goes by the
// content, never by what the upload calls itself.
func checkImage(content []byte, code dispatch.Code, rule dispatch.RuleID) (string, error) {
	contentType := http.DetectContentType(content)
	if contentType != contentJPEG && contentType != contentPNG {
		return "", dispatch.Refuse(code, rule, "This is not a JPEG or PNG picture. Take a new one.")
	}
	size, _, err := image.DecodeConfig(bytes.NewReader(content))
	if err != nil {
		return "", dispatch.Refuse(code, rule, "The picture cannot be read. Take a new one.")
	}
	if size.Width <= 0 || size.Height <= 0 || size.Width > maxPhotoPixels/size.Height {
		return "", dispatch.Refuse(code, rule, "The picture has more than 64 megapixels. Take a smaller one.")
	}
	return contentType, nil
}
