package budget

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"transporter/internal/contract"
)

// shown is what /metrics says of the only budget.
func shown(t *testing.T, all *Budgets) map[string]float64 {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	require.NoError(t, registry.Register(all))
	families, err := registry.Gather()
	require.NoError(t, err)
	values := map[string]float64{}
	for _, f := range families {
		require.Len(t, f.GetMetric(), 1)
		m := f.GetMetric()[0]
		require.Equal(t, []string{"h", "12345678"}, []string{m.GetLabel()[0].GetValue(), m.GetLabel()[1].GetValue()})
		values[f.GetName()] = m.GetGauge().GetValue() + m.GetCounter().GetValue()
	}
	return values
}

func TestMetricsSayWhatIsLentHeldWantedAndRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all, _ := leased(4)
		require.Empty(t, shown(t, all), "nobody was asked yet")
		b := all.Of("12345678", "h", six, time.Now())
		began := start(t, b, contract.TurnScheduled, 9)
		time.Sleep(time.Second)
		b.Refused(time.Now())
		require.Equal(t, map[string]float64{
			"dt_budget_cap": 6, "dt_budget_lent": 4, "dt_budget_held": 4, "dt_budget_wanted": 9, "dt_budget_refused_total": 1,
		}, shown(t, all))
		for range 9 {
			(<-began)()
		}
		time.Sleep(10 * time.Second)
		require.Equal(t, map[string]float64{
			"dt_budget_cap": 6, "dt_budget_lent": 0, "dt_budget_held": 0, "dt_budget_wanted": 0, "dt_budget_refused_total": 1,
		}, shown(t, all))
		all.Close(t.Context())
	})
}
