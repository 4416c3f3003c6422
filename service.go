package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"os"
	"path/filepath"
	"slices"
	"time"

	"go.temporal.io/sdk/client"

	"truckroll/activities"
	"truckroll/api"
	"truckroll/dispatch"
	"truckroll/internal/blob"
	"truckroll/internal/config"
	"truckroll/internal/document"
	"truckroll/internal/imaging"
	"truckroll/internal/postgres"
	"truckroll/internal/sms"
	"truckroll/internal/telemetry"
	"truckroll/internal/temporalclient"
	"truckroll/internal/uploads"
	"truckroll/worker"
)

// service is truckroll's own parts in one process: what api, worker and dev have in common.
type service struct {
	cfg       config.Config
	log       *slog.Logger
	store     *postgres.Store
	temporal  client.Client
	telemetry *telemetry.Telemetry
	files     *blob.Store
	stops     []func(context.Context) error // called last to first
}

// drainHTTP is how long requests in progress may take when the process is told to stop.
const drainHTTP = 10 * time.Second

// newService connects to Postgres and Temporal, whose addresses are in cfg.
func newService(ctx context.Context, cfg config.Config, log *slog.Logger) (*service, error) {
	if cfg.DatabaseURL == "" {
		return nil, errors.New("DATABASE_URL is not set; `truckroll dev` brings a Postgres of its own")
	}
	s := &service{cfg: cfg, log: log}
	fail := func(err error) (*service, error) { return nil, errors.Join(err, s.stop(ctx)) }
	var err error
	if s.telemetry, err = telemetry.New(); err != nil {
		return fail(err)
	}
	if s.store, err = postgres.Open(ctx, cfg.DatabaseURL); err != nil {
		return fail(err)
	}
	s.onStop(func(context.Context) error { s.store.Close(); return nil })
	if err := s.telemetry.WatchJobs(s.store.CountJobs, log); err != nil {
		return fail(err)
	}
	s.temporal, err = temporalclient.Dial(ctx, log, func(o *client.Options) {
		o.Namespace, o.MetricsHandler = cfg.TemporalNamespace, s.telemetry.Temporal()
		if cfg.TemporalAddress != "" {
			o.HostPort = cfg.TemporalAddress
		}
	})
	if err != nil {
		return fail(err)
	}
	s.onStop(func(context.Context) error { s.temporal.Close(); return nil })
	if s.files, err = blob.Open(ctx, cmp.Or(cfg.Files, filepath.Join(cfg.DataDir, "files"))); err != nil {
		return fail(err)
	}
	s.onStop(func(context.Context) error { return s.files.Close() })
	return s, nil
}

func (s *service) onStop(f func(context.Context) error) { s.stops = append(s.stops, f) }

// stop takes everything down in the opposite order it came up.
func (s *service) stop(ctx context.Context) error {
	var errs []error
	for _, v := range slices.Backward(s.stops) {
		errs = append(errs, v(ctx))
	}
	s.stops = nil
	return errors.Join(errs...)
}

// startWorker runs workflows and activities until the service stops.
func (s *service) startWorker(ctx context.Context) error {
	sender, err := s.sender()
	if err != nil {
		return err
	}
	documents, err := s.documents()
	if err != nil {
		return err
	}
	w := worker.New(worker.Deps{
		Client: s.temporal, Store: s.store, Sender: sender, Log: s.log, Observe: s.telemetry.Observe, BuildID: s.cfg.BuildID,
		PublicURL: s.cfg.PublicURL,
		Photos:    &activities.Photos{Store: s.store, Files: s.files, Inspector: imaging.NewInspector()},
		Documents: documents,
		Retention: &activities.Retention{Store: s.store, Files: s.files, Now: time.Now},
		Start: func(ctx context.Context, in dispatch.JobInput) error {
			_, err := temporalclient.StartJob(ctx, s.temporal, dispatch.TaskQueue, in)
			return err
		},
	})
	if err := w.Start(); err != nil {
		return fmt.Errorf("starting the worker: %w", err)
	}
	s.onStop(func(context.Context) error { w.Stop(); return nil })
	ctx, end := context.WithCancel(ctx)
	s.onStop(func(context.Context) error { end(); return nil })
	go worker.KeepHouse(ctx, s.temporal, s.log)
	return nil
}

// documents is what makes documents: fonts, the operator's key and name.
func (s *service) documents() (*activities.Documents, error) {
	fonts, err := document.FindFonts(s.cfg.ChineseFont)
	if err != nil {
		return nil, err
	}
	if fonts.Chinese == nil {
		s.log.Warn("no Chinese font found: forms in Chinese will be refused; install one (Debian: fonts-wqy-microhei) or set TRUCKROLL_CHINESE_FONT")
	}
	printer, err := document.NewPrinter(fonts)
	if err != nil {
		return nil, fmt.Errorf("preparing the fonts: %w", err)
	}
	text := []byte(s.cfg.SealingKey)
	if s.cfg.SealingKeyFile != "" {
		if text, err = os.ReadFile(s.cfg.SealingKeyFile); err != nil {
			return nil, fmt.Errorf("the sealing key: %w", err)
		}
	}
	if len(text) == 0 {
		return nil, errors.New("TRUCKROLL_SEALING_KEY or TRUCKROLL_SEALING_KEY_FILE is not set: a worker seals documents with the operator's key")
	}
	key, err := document.LoadKey(text)
	if err != nil {
		return nil, err
	}
	return &activities.Documents{
		Store: s.store, Files: s.files, Printer: printer, Key: key, Operator: s.cfg.Operator, PublicURL: s.cfg.PublicURL, Now: time.Now,
	}, nil
}

func (s *service) sender() (activities.Sender, error) {
	if s.cfg.SMS == "twilio" {
		return sms.NewTwilio(s.cfg.TwilioAccount, s.cfg.TwilioToken, s.cfg.TwilioFrom)
	}
	return sms.Outbox{}, nil
}

// startAPI serves the API until the service stops.
func (s *service) startAPI(ctx context.Context) error {
	taken, err := uploads.Open(uploads.Options{
		Dir: cmp.Or(s.cfg.UploadsDir, filepath.Join(s.cfg.DataDir, "uploads")), BasePath: api.UploadsPath, MaxBytes: api.MaxPhotoBytes,
		Owner: api.Owner,
	})
	if err != nil {
		return err
	}
	streams, end := context.WithCancel(context.WithoutCancel(ctx))
	s.onStop(func(context.Context) error { end(); return nil })
	handler := api.New(api.Deps{
		Store: s.store, Temporal: s.temporal, Files: s.files, Uploads: taken, Log: s.log, Meter: s.telemetry.Meter(), Stop: streams,
	})
	go s.sweepUploads(streams, taken)
	// Streams would hold up the drain: they end first.
	return s.serve("the API", &s.cfg.HTTPAddress, "TRUCKROLL_HTTP", handler, end)
}

// sweepUploads deletes what nobody went on with for a day.
func (s *service) sweepUploads(ctx context.Context, u *uploads.Uploads) {
	tick := time.NewTicker(time.Hour)
	defer tick.Stop()
	for {
		n, err := u.Sweep(time.Now().Add(-24 * time.Hour))
		if err != nil {
			s.log.WarnContext(ctx, "uploads not swept", "error", err)
		} else if n > 0 {
			s.log.InfoContext(ctx, "old uploads deleted", "count", n)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// startMetrics serves the Prometheus endpoint, and profiles for who looks for lost time, until the service stops.
func (s *service) startMetrics() error {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", s.telemetry.Handler())
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	return s.serve("metrics", &s.cfg.MetricsAddress, "TRUCKROLL_METRICS", mux, func() {})
}

// serve listens on an address, and puts there the one it got when the port was left open.
func (s *service) serve(what string, address *string, setting string, h http.Handler, beforeDrain func()) error {
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", *address)
	if err != nil {
		return fmt.Errorf("%s cannot listen on %s (set %s to another host:port): %w", what, *address, setting, err)
	}
	*address = l.Addr().String()
	// Bodies are bounded by the routes; a header that takes longer is no client of ours.
	srv := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: 2 * time.Minute}
	go func() {
		if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			s.log.Error("serving "+what, "error", err)
		}
	}()
	s.onStop(func(ctx context.Context) error {
		beforeDrain()
		ctx, cancel := context.WithTimeout(ctx, drainHTTP)
		defer cancel()
		return srv.Shutdown(ctx)
	})
	return nil
}
