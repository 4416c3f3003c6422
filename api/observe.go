package api

import (
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// Keys in an echo context.
const (
	keyCode      = "truckroll.code"
	keyRequestID = "truckroll.request_id"
	keyActor     = "truckroll.actor"
)

// identify gives the request an id: the caller's, where it is short visible ASCII, else a
// new one. Logs and problems carry it.
func identify(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		id := c.Request().Header.Get(echo.HeaderXRequestID)
		if len(id) > 64 || !visibleASCII(id) {
			id = rand.Text()
		}
		c.Set(keyRequestID, id)
		c.Response().Header().Set(echo.HeaderXRequestID, id)
		return next(c)
	}
}

func requestID(c echo.Context) string {
	id, _ := c.Get(keyRequestID).(string)
	return id
}

func visibleASCII(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r < '!' || r > '~' })
}

// latencyBuckets are in seconds: a command takes about 5 ms alone; above 15 s it is cut off.
//
//nolint:gochecknoglobals // a constant
var latencyBuckets = []float64{.002, .005, .01, .02, .05, .1, .2, .5, 1, 2, 5, 10, 15, 30, 60}

// observe logs and measures each request. It sees neither query nor body: those hold
// personal data. The route is the pattern, so that numbers do not blow up the metric.
func (s *server) observe() (echo.MiddlewareFunc, error) {
	latency, err := s.meter.Float64Histogram("truckroll.api.request.duration",
		metric.WithUnit("s"), metric.WithDescription("Time to answer, by route and result code"),
		metric.WithExplicitBucketBoundaries(latencyBuckets...))
	if err != nil {
		return nil, err
	}
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			start := time.Now()
			if err := next(c); err != nil {
				c.Error(err) // answered here, so that the status below is the one that was sent
			}
			took := time.Since(start)
			code, ok := c.Get(keyCode).(string)
			if !ok {
				code = "ok"
			}
			route := c.Path()
			if route == "" {
				route = "none"
			}
			ctx, method := c.Request().Context(), knownMethod(c.Request().Method)
			latency.Record(ctx, took.Seconds(), metric.WithAttributes(
				attribute.String("method", method), attribute.String("route", route), attribute.String("code", code)))
			level := slog.LevelInfo
			if strings.HasSuffix(route, "/healthz") || strings.HasSuffix(route, "/readyz") {
				level = slog.LevelDebug
			}
			s.log.LogAttrs(ctx, level, "request", slog.String("request_id", requestID(c)),
				slog.String("method", method), slog.String("route", route),
				slog.Int("status", c.Response().Status), slog.String("code", code),
				slog.Duration("took", took), slog.Int64("bytes", c.Response().Size))
			return nil
		}
	}, nil
}

// knownMethod keeps invented methods out of the metric's labels.
func knownMethod(m string) string {
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return m
	default:
		return "other"
	}
}

var errPanic = errors.New("panic")
