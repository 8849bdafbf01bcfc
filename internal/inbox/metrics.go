package inbox

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics counts deliveries.
type Metrics struct {
	deliveries *prometheus.CounterVec
	seconds    prometheus.Histogram
	events     prometheus.Counter
	signals    prometheus.Counter
	unread     prometheus.Counter
	inFlight   prometheus.Gauge
}

// NewMetrics returns metrics that the registerer shows.
func NewMetrics(r prometheus.Registerer) *Metrics {
	m := &Metrics{
		deliveries: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "dt_webhook_deliveries_total", Help: "Webhook deliveries by what became of them: accepted, refused, busy, failed."}, []string{"result"}),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "dt_webhook_seconds", Help: "Time to the answer of accepted and failed deliveries; platforms disable endpoints that are slower than 2.5 s.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2, 2.5, 5},
		}),
		events:   prometheus.NewCounter(prometheus.CounterOpts{Name: "dt_webhook_events_total", Help: "Events that were made durable."}),
		signals:  prometheus.NewCounter(prometheus.CounterOpts{Name: "dt_webhook_signals_total", Help: "Signals that carried them."}),
		unread:   prometheus.NewCounter(prometheus.CounterOpts{Name: "dt_webhook_unread_total", Help: "Deliveries of ours that name no conversation, or cannot be read; they are kept."}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{Name: "dt_webhook_in_flight", Help: "Deliveries being taken now."}),
	}
	r.MustRegister(m.deliveries, m.seconds, m.events, m.signals, m.unread, m.inFlight)
	return m
}

func (m *Metrics) answered(r result, took time.Duration) {
	m.deliveries.WithLabelValues(string(r)).Inc()
	if r == accepted || r == failed {
		m.seconds.Observe(took.Seconds())
	}
}
