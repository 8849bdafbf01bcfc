package budget

import (
	"maps"

	"github.com/prometheus/client_golang/prometheus"
)

// The metrics of a process, by platform account and host.
var (
	metricCap     = metric("dt_budget_cap", "Requests that all worker processes together may have under way.")
	metricLent    = metric("dt_budget_lent", "Slots of them that this process may use now.")
	metricHeld    = metric("dt_budget_held", "Requests of this process that are under way.")
	metricWanted  = metric("dt_budget_wanted", "Requests of this process that are under way or wait for a slot.")
	metricRefused = metric("dt_budget_refused_total", "Requests of this process that the platform refused with 429.")
)

func metric(name, help string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, []string{"platform_account", "host"}, nil)
}

// Describe implements prometheus.Collector.
func (s *Budgets) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{metricCap, metricLent, metricHeld, metricWanted, metricRefused} {
		to <- d
	}
}

// Collect implements prometheus.Collector: it gives what every budget of the process is at this
// moment.
func (s *Budgets) Collect(to chan<- prometheus.Metric) {
	s.mu.Lock()
	all := maps.Clone(s.all)
	s.mu.Unlock()
	for k, b := range all {
		b.collect(func(d *prometheus.Desc, kind prometheus.ValueType, n int64) {
			to <- prometheus.MustNewConstMetric(d, kind, float64(n), k.account, k.host)
		})
	}
}

func (b *Budget) collect(give func(*prometheus.Desc, prometheus.ValueType, int64)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	give(metricCap, prometheus.GaugeValue, int64(b.cap))
	give(metricLent, prometheus.GaugeValue, int64(b.lent()))
	give(metricHeld, prometheus.GaugeValue, int64(b.used.Sum()))
	give(metricWanted, prometheus.GaugeValue, int64(b.demand().Sum()))
	give(metricRefused, prometheus.CounterValue, b.refused)
}
