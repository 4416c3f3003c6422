package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"truckroll/api/gen"
	"truckroll/dispatch"
)

// mediaProblem is the media type of every error (RFC 9457, section 6.1).
const mediaProblem = "application/problem+json"

// retryAfterSeconds is what a 503 asks callers to wait: about what a worker or a database
// needs to come back, and short enough for somebody who waits at a door.
const retryAfterSeconds = 2

// handleError is the one place where an error becomes an answer. A refusal says why and
// what to do instead; anything else is logged with its cause and answered without details.
func (s *server) handleError(err error, c echo.Context) {
	refusal, status := s.classify(err)
	c.Set(keyCode, string(refusal.Code))
	if refusal.Code == dispatch.CodeInternal || refusal.Code == dispatch.CodeUnavailable && !errors.Is(err, context.Canceled) {
		s.log.LogAttrs(c.Request().Context(), slog.LevelError, "request failed",
			slog.String("request_id", requestID(c)), slog.String("route", c.Path()),
			slog.String("code", string(refusal.Code)), slog.Any("cause", err))
	}
	if c.Response().Committed {
		return // a stream or a half-written body: nothing can be added
	}
	if err := writeProblem(c, refusal, status); err != nil {
		s.log.LogAttrs(c.Request().Context(), slog.LevelDebug, "writing a problem", slog.Any("cause", err))
	}
}

// classify turns any error into a refusal and its HTTP status.
func (s *server) classify(err error) (*dispatch.Refusal, int) {
	var (
		refusal *dispatch.Refusal
		tooBig  *http.MaxBytesError
		web     *echo.HTTPError
	)
	switch {
	case errors.As(err, &refusal):
		info, ok := dispatch.Codes[refusal.Code]
		if !ok {
			return internal(), http.StatusInternalServerError
		}
		if refusal.Code == dispatch.CodeInternal {
			return internal(), info.HTTP
		}
		return refusal, info.HTTP
	case errors.As(err, &tooBig):
		return dispatch.Refuse(dispatch.CodeTooLarge, "", "At most %d bytes are accepted here.", tooBig.Limit), http.StatusRequestEntityTooLarge
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return unavailable(), http.StatusServiceUnavailable
	case errors.As(err, &web):
		return fromEcho(web)
	default:
		return internal(), http.StatusInternalServerError
	}
}

func internal() *dispatch.Refusal {
	return dispatch.Refuse(dispatch.CodeInternal, "", "Something went wrong here. It has been logged under this request's id.")
}

func unavailable() *dispatch.Refusal {
	return dispatch.Refuse(dispatch.CodeUnavailable, "",
		"There was no answer in time. Whether it happened is not known: send the same request again with the same Idempotency-Key.")
}

// fromEcho maps what the router and the generated parameter binding refuse.
func fromEcho(e *echo.HTTPError) (*dispatch.Refusal, int) {
	code, say := dispatch.CodeBadRequest, "The request cannot be read."
	switch e.Code {
	case http.StatusNotFound:
		code, say = dispatch.CodeNotFound, "There is nothing at this address."
	case http.StatusMethodNotAllowed:
		say = "This address does not take that method."
	case http.StatusRequestEntityTooLarge:
		code, say = dispatch.CodeTooLarge, "The request is too large."
	case http.StatusUnsupportedMediaType:
		code, say = dispatch.CodeUnsupportedMedia, "This kind of content is not accepted here."
	case http.StatusBadRequest:
		if text, ok := e.Message.(string); ok {
			say = text + "."
		}
	default:
		if e.Code >= http.StatusInternalServerError {
			return internal(), http.StatusInternalServerError
		}
	}
	return dispatch.Refuse(code, "", "%s", say), e.Code
}

// writeProblem answers with a refusal as RFC 9457 has it.
func writeProblem(c echo.Context, r *dispatch.Refusal, status int) error {
	p := gen.Problem{
		Type:     problemPath + string(r.Code),
		Title:    dispatch.Codes[r.Code].Title,
		Status:   status,
		Detail:   r.Message,
		Instance: requestID(c),
		Code:     r.Code,
		Rule:     string(r.Rule),
		Field:    r.Field,
		Missing:  r.Missing, Alternatives: r.Alternatives,
	}
	if r.AllowedFrom != nil {
		p.AllowedFrom = r.AllowedFrom.UTC()
	}
	if r.AllowedUntil != nil {
		p.AllowedUntil = r.AllowedUntil.UTC()
	}
	body, err := json.Marshal(p)
	if err != nil {
		return err
	}
	if status == http.StatusServiceUnavailable {
		c.Response().Header().Set(echo.HeaderRetryAfter, strconv.Itoa(retryAfterSeconds))
	}
	if status == http.StatusUnauthorized {
		c.Response().Header().Set(echo.HeaderWWWAuthenticate, `Bearer realm="truckroll"`)
	}
	if c.Request().Method == http.MethodHead {
		return c.NoContent(status)
	}
	return c.Blob(status, mediaProblem, body)
}

// notReady says what does not answer; the cause is for the log.
func notReady(what string, cause error) error {
	return fmt.Errorf("%w: %w", dispatch.Refuse(dispatch.CodeUnavailable, "", "%s does not answer.", what), cause)
}
