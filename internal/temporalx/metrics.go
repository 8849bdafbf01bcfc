package temporalx

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	otelprom "go.opentelemetry.io/otel/exporters/prometheus"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/opentelemetry"

	"transporter/internal/contract"
)

// Names of our own metrics, without the suffixes that the exporter adds.
const (
	metricRuns  = "dt_runs"               // counter of ended runs, by outcome
	metricBytes = "dt_delivery_bytes"     // counter of delivered bytes
	metricLag   = "dt_window_lag_seconds" // gauge by task: end of the last delivered window to its delivery
)

// Metrics collects the SDK's metrics and our own for Prometheus.
type Metrics struct {
	registry *prometheus.Registry
	handler  client.MetricsHandler
}

// NewMetrics returns an empty collection with a registry of its own.
func NewMetrics() (*Metrics, error) {
	registry := prometheus.NewRegistry()
	exporter, err := otelprom.New(otelprom.WithRegisterer(registry), otelprom.WithoutScopeInfo())
	if err != nil {
		return nil, fmt.Errorf("export metrics: %w", err)
	}
	provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(exporter))
	handler := opentelemetry.NewMetricsHandler(opentelemetry.MetricsHandlerOptions{
		Meter:                provider.Meter("transporter"),
		UseMonotonicCounters: true,
	})
	return &Metrics{registry: registry, handler: handler}, nil
}

// Handler returns what the SDK reports to.
func (m *Metrics) Handler() client.MetricsHandler { return m.handler }

// Registerer takes further metrics.
func (m *Metrics) Registerer() prometheus.Registerer { return m.registry }

// HTTP serves the collection as /metrics is expected to.
func (m *Metrics) HTTP() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry})
}

// countRun reports how a run ended. A run that ends with an error has no result.
func countRun(h client.MetricsHandler, now time.Time, workflowID string, result contract.RunResult, err error) {
	outcome := result.Outcome
	if err != nil || outcome == "" {
		outcome = contract.OutcomeFailed
	}
	h.WithTags(map[string]string{"outcome": outcome}).Counter(metricRuns).Inc(1)
	if outcome != contract.OutcomeDelivered {
		return
	}
	h.Counter(metricBytes).Inc(result.Bytes)
	if parts := strings.SplitN(workflowID, "/", 4); len(parts) == 4 {
		lag := now.Sub(time.UnixMilli(result.Window.To)).Seconds()
		h.WithTags(map[string]string{"task": parts[2]}).Gauge(metricLag).Update(lag)
	}
}
