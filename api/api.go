// Package api is the HTTP API of truckroll. It is written against its description,
// openapi.yaml: the generated package gen decodes parameters and names every operation,
// the description itself checks what comes in, and the one table in routes.go says who may
// call what. Commands go to the job's workflow and nowhere else (commands.go); everything
// that is read comes from Postgres.
package api

import (
	"context"
	_ "embed"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"
	"go.temporal.io/sdk/client"

	"truckroll/api/gen"
	"truckroll/dispatch"
)

//go:embed openapi.yaml
var description []byte

// Description returns the API's OpenAPI description, in YAML.
func Description() []byte { return append([]byte(nil), description...) }

// Files keeps photos and signatures by their hash.
type Files interface {
	// Put stores content, never over what is there, and returns its SHA-256 in hex and key.
	Put(ctx context.Context, contentType string, content []byte) (sum, key string, err error)
	// Read returns a file whose content is what its hash says.
	Read(ctx context.Context, key, sha256 string) ([]byte, error)
}

// Deps are what the API works with. Store, Temporal and Files are required.
type Deps struct {
	Store    Store
	Temporal client.Client
	Files    Files
	// Uploads takes in what is uploaded in parts; without it there is no such route.
	Uploads Uploads
	Log     *slog.Logger // slog.Default() if nil
	Meter   metric.Meter // measures nothing if nil
	// TaskQueue is where the jobs' workers listen; dispatch.TaskQueue if empty.
	TaskQueue string
	// Now is the clock, time.Now if nil. It never decides what a job may do: the workflow does.
	Now func() time.Time
	// Stop ends the event streams when it is done, so that a server can drain; never if nil.
	Stop context.Context //nolint:containedctx // the life of the process, not of a call
}

// server carries the dependencies of the handlers.
type server struct {
	store    Store
	temporal client.Client
	files    Files
	uploads  Uploads
	log      *slog.Logger
	meter    metric.Meter
	queue    string
	now      func() time.Time
	spec     *openapi3.T
	inFlight inFlight
	hub      *hub
}

// New builds the API. It panics if the description that is built into it is not valid,
// which a test rules out.
//
// The middleware, outermost first, and why in this order:
//
//  1. identify: everything after it can name the request.
//  2. observe: sees the final status of all that follows, refusals and panics included.
//  3. recover: turns a panic into an error before observe counts it.
//  4. per route (guard.go): timeout, token, role, Idempotency-Key, body limit, description.
//     Cheap checks come first and nothing of a body is read for somebody unknown.
func New(d Deps) *echo.Echo {
	s := &server{
		store: d.Store, temporal: d.Temporal, files: d.Files, uploads: d.Uploads, log: d.Log, meter: d.Meter,
		queue: d.TaskQueue, now: d.Now, spec: mustLoadDescription(),
	}
	if s.log == nil {
		s.log = slog.Default()
	}
	if s.meter == nil {
		s.meter = noop.Meter{}
	}
	if s.queue == "" {
		s.queue = dispatch.TaskQueue
	}
	if s.now == nil {
		s.now = time.Now
	}
	stop := d.Stop
	if stop == nil {
		stop = context.Background()
	}
	s.hub = newHub(stop, d.Store, s.log)

	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.Binder = strictBinder{}
	e.HTTPErrorHandler = s.handleError
	// Slow clients: a header within 5 s; bodies and answers are bounded by the routes' own
	// timeouts, as an upload over a poor network may take a minute and a stream for ever.
	e.Server.ReadHeaderTimeout = 5 * time.Second
	e.Server.IdleTimeout = 2 * time.Minute
	e.Server.MaxHeaderBytes = 32 << 10
	observe, err := s.observe()
	if err != nil {
		s.log.Error("making the latency histogram", slog.Any("cause", err))
		observe = func(next echo.HandlerFunc) echo.HandlerFunc { return next }
	}
	e.Use(identify, observe, middleware.RecoverWithConfig(middleware.RecoverConfig{
		DisableErrorHandler: true, // observe passes the error on
		LogErrorFunc: func(_ echo.Context, err error, stack []byte) error {
			return fmt.Errorf("%w: %w\n%s", errPanic, err, stack)
		},
	}))
	s.mountDocs(e)
	e.GET("/verify/:document", verifyPage)
	e.GET("/d/:document/:token", s.openDocument)
	v1 := e.Group(basePath)
	wrapper := gen.ServerInterfaceWrapper{Handler: gen.NewStrictHandler(s, nil)}
	for _, r := range s.routes(&wrapper) {
		v1.Add(r.method, echoPath(r.path), r.handle, s.guard(r))
	}
	s.mountUploads(e)
	return e
}

const basePath = "/api/v1"

// mustLoadDescription reads the description once for the process; nothing changes it.
var mustLoadDescription = sync.OnceValue(func() *openapi3.T {
	doc, err := openapi3.NewLoader().LoadFromData(description)
	if err != nil {
		panic(fmt.Errorf("openapi.yaml: %w", err))
	}
	return doc
})

var _ http.Handler = (*echo.Echo)(nil)
