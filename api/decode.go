package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"reflect"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"truckroll/dispatch"
)

// The times a caller may name. Beyond them a time no longer fits RFC 3339 in every zone,
// and a job that kept one could not be written down any more.
//
//nolint:gochecknoglobals // constants
var (
	earliest = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	latest   = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)
)

func badRequest(field, format string, args ...any) *dispatch.Refusal {
	r := dispatch.Refuse(dispatch.CodeBadRequest, "", format, args...)
	r.Field = field
	return r
}

func invalid(rule dispatch.RuleID, field, format string, args ...any) *dispatch.Refusal {
	r := dispatch.Refuse(dispatch.CodeInvalid, rule, format, args...)
	r.Field = field
	return r
}

// strictBinder is what the generated handlers decode bodies with. The body has been checked
// against the specification before; here it becomes the Go value.
type strictBinder struct{}

// Bind decodes the body of a request. The error is a [*dispatch.Refusal].
func (strictBinder) Bind(into any, c echo.Context) error {
	raw, err := io.ReadAll(c.Request().Body)
	if err != nil {
		return err
	}
	return decodeStrict(raw, into)
}

// decodeStrict decodes one JSON value and nothing after it: no unknown fields, valid UTF-8,
// and no value that could not be stored. The error is a [*dispatch.Refusal].
func decodeStrict(raw []byte, into any) error {
	if !utf8.Valid(raw) {
		return badRequest("", "The body is not valid UTF-8.")
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return decodeRefusal(err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return badRequest("", "There is something after the JSON value.")
	}
	return checkStorable(reflect.ValueOf(into), "")
}

func decodeRefusal(err error) *dispatch.Refusal {
	var (
		syntax *json.SyntaxError
		typ    *json.UnmarshalTypeError
	)
	switch {
	case errors.Is(err, io.EOF):
		return badRequest("", "The body is empty; send a JSON object.")
	case errors.Is(err, io.ErrUnexpectedEOF):
		return badRequest("", "The JSON ends too early.")
	case errors.As(err, &syntax):
		return badRequest("", "This is not JSON: %v at byte %d.", syntax, syntax.Offset)
	case errors.As(err, &typ):
		return badRequest(typ.Field, "%s is not of the right type: a %s does not fit.", orBody(typ.Field), typ.Value)
	default:
		return badRequest("", "The body cannot be read: %s.", strings.TrimPrefix(err.Error(), "json: "))
	}
}

func orBody(field string) string {
	if field == "" {
		return "The body"
	}
	return field
}

// checkStorable refuses what neither Postgres nor a workflow could keep: the NUL character,
// and times outside [earliest, latest).
func checkStorable(v reflect.Value, field string) error { //nolint:gocognit // one case a kind of value
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			return checkStorable(v.Elem(), field)
		}
	case reflect.String:
		if strings.ContainsRune(v.String(), 0) {
			return invalid("", field, "%s holds a NUL character.", orBody(field))
		}
	case reflect.Slice, reflect.Array:
		if raw, ok := reflect.TypeAssert[json.RawMessage](v); ok {
			return checkRaw(raw, field)
		}
		if k := v.Type().Elem().Kind(); k == reflect.Uint8 || k == reflect.Float64 {
			return nil
		}
		for i := range v.Len() {
			if err := checkStorable(v.Index(i), field); err != nil {
				return err
			}
		}
	case reflect.Map:
		for it := v.MapRange(); it.Next(); {
			if err := checkStorable(it.Key(), field); err != nil {
				return err
			}
			if err := checkStorable(it.Value(), join(field, it.Key().String())); err != nil {
				return err
			}
		}
	case reflect.Struct:
		if t, ok := reflect.TypeAssert[time.Time](v); ok {
			return checkTime(t, field)
		}
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if !f.IsExported() {
				continue
			}
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if err := checkStorable(v.Field(i), join(field, name)); err != nil {
				return err
			}
		}
	default:
	}
	return nil
}

func checkTime(t time.Time, field string) error {
	if !t.IsZero() && (t.Before(earliest) || !t.Before(latest)) {
		return invalid("", field, "%s lies outside the years 2000 to 2199.", orBody(field))
	}
	return nil
}

// checkRaw looks into JSON that is decoded later.
func checkRaw(raw json.RawMessage, field string) error {
	if len(raw) == 0 {
		return nil
	}
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		return decodeRefusal(err)
	}
	return checkStorable(reflect.ValueOf(v), field)
}

func join(path, name string) string {
	if path == "" || name == "" {
		return path + name
	}
	return path + "." + name
}

// readBody reads a body of at most limit bytes; a longer one is answered 413.
func readBody(c echo.Context, limit int64) ([]byte, error) {
	r := c.Request()
	if r.ContentLength > limit {
		return nil, &http.MaxBytesError{Limit: limit}
	}
	raw, err := io.ReadAll(http.MaxBytesReader(c.Response(), r.Body, limit))
	var tooBig *http.MaxBytesError
	switch {
	case errors.As(err, &tooBig):
		return nil, err
	case err != nil:
		return nil, badRequest("", "The body ended before it was complete.")
	}
	return raw, nil
}
