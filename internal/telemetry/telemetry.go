// Package telemetry measures truckroll: one OpenTelemetry meter provider whose figures,
// Temporal's own among them, stand at a Prometheus endpoint.
package telemetry

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.opentelemetry.io/otel/attribute"
	otelprom "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/opentelemetry"

	"truckroll/dispatch"
)

// Telemetry is a process's figures.
type Telemetry struct {
	provider *sdkmetric.MeterProvider
	registry *prometheus.Registry
	facts    metric.Int64Counter
	clocks   metric.Int64Counter
	broken   metric.Int64Counter
}

// latency are histogram bounds in seconds: commands take milliseconds, a hanging database
// takes long.
var latency = []float64{.001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 2, 5, 10, 30}

// New makes a meter provider with a registry of its own.
func New() (*Telemetry, error) {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	exporter, err := otelprom.New(otelprom.WithRegisterer(registry))
	if err != nil {
		return nil, fmt.Errorf("making the metrics exporter: %w", err)
	}
	seconds := sdkmetric.NewView(
		sdkmetric.Instrument{Kind: sdkmetric.InstrumentKindHistogram, Unit: "s"},
		sdkmetric.Stream{Aggregation: sdkmetric.AggregationExplicitBucketHistogram{Boundaries: latency}},
	)
	t := &Telemetry{
		provider: sdkmetric.NewMeterProvider(sdkmetric.WithReader(exporter), sdkmetric.WithView(seconds)),
		registry: registry,
	}
	m := t.Meter()
	for _, c := range []struct {
		into       *metric.Int64Counter
		name, says string
	}{
		{&t.facts, "truckroll.facts", "audit entries written, by fact"},
		{&t.clocks, "truckroll.clocks.fired", "deadlines that came, by rule"},
		{&t.broken, "truckroll.rules.broken", "breaches recorded, by rule"},
	} {
		if *c.into, err = m.Int64Counter(c.name, metric.WithDescription(c.says)); err != nil {
			return nil, fmt.Errorf("making the counter %s: %w", c.name, err)
		}
	}
	return t, nil
}

// Meter is where instruments are made.
func (t *Telemetry) Meter() metric.Meter { return t.provider.Meter("truckroll") }

// Temporal makes the SDK's own figures part of these.
func (t *Telemetry) Temporal() client.MetricsHandler {
	return opentelemetry.NewMetricsHandler(opentelemetry.MetricsHandlerOptions{Meter: t.provider.Meter("temporal")})
}

// Handler serves the figures to Prometheus.
func (t *Telemetry) Handler() http.Handler {
	return promhttp.HandlerFor(t.registry, promhttp.HandlerOpts{})
}

// Observe counts what an outcome says: facts, fired clocks, broken rules.
func (t *Telemetry) Observe(c dispatch.Commit) {
	ctx := context.Background()
	for _, e := range c.Outcome.Entries {
		t.facts.Add(ctx, 1, metric.WithAttributes(attribute.String("fact", e.Fact)))
		if e.Action == dispatch.ActionClock {
			t.clocks.Add(ctx, 1, metric.WithAttributes(attribute.String("rule", e.Actor.ID)))
		}
		if e.Breach {
			t.broken.Add(ctx, 1, metric.WithAttributes(attribute.String("rule", string(e.Rule))))
		}
	}
}

// WatchJobs shows how many jobs stand in each status, counted when Prometheus asks.
func (t *Telemetry) WatchJobs(count func(context.Context) (map[dispatch.Status]int64, error), log *slog.Logger) error {
	gauge, err := t.Meter().Int64ObservableGauge("truckroll.jobs", metric.WithDescription("jobs in the register, by status"))
	if err != nil {
		return fmt.Errorf("making the gauge of jobs: %w", err)
	}
	_, err = t.Meter().RegisterCallback(func(ctx context.Context, o metric.Observer) error {
		jobs, err := count(ctx)
		if err != nil {
			log.WarnContext(ctx, "jobs not counted", "error", err)
			return nil // the other figures are good
		}
		for _, s := range dispatch.Statuses {
			o.ObserveInt64(gauge, jobs[s], metric.WithAttributes(attribute.String("status", string(s))))
		}
		return nil
	}, gauge)
	if err != nil {
		return fmt.Errorf("watching jobs: %w", err)
	}
	return nil
}
