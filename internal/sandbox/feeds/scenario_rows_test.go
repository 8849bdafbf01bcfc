package feeds_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

// member returns a member of a row.
func member(t *testing.T, raw json.RawMessage, name string) any {
	t.Helper()
	var m map[string]any
	require.NoError(t, json.Unmarshal(raw, &m))
	return m[name]
}

// rows checks what each scenario of rows says.
var rows = map[string]func(*testing.T, *played){
	"growing conversation": func(t *testing.T, p *played) {
		var counts []any
		for _, hour := range []string{"05", "06", "07"} {
			p.step("hour " + hour)
			r := p.truth("convos_metrics")["21352352"]
			require.Equal(t, "dt=2026-11-19/hr="+hour, r.Leaf)
			counts = append(counts, member(t, r.Row, "customer_sent_msgs"))
		}
		require.Equal(t, []any{3.0, 6.0, 9.0}, counts)
	},
	"restated window": func(t *testing.T, p *played) {
		p.all()
		truth := p.truth("rep_activity")
		require.Len(t, truth, 2)
		r := truth["null 2026-11-19T05:15:00Z 123008 1 2026-11-19T05:00:00Z"]
		require.Equal(t, "dt=2026-11-19/hr=06", r.Leaf)
		require.Equal(t, 261.5, member(t, r.Row, "linear_ute_time"))
	},
	"open status": func(t *testing.T, p *played) {
		p.step("ONLINE is open")
		online := "null 123008 ONLINE 2026-11-19T05:00:00Z"
		require.Nil(t, member(t, p.truth("admin_activity")[online].Row, "status_end_ts"))
		p.step("ONLINE is closed, OFFLINE is open")
		require.Equal(t, 4200.0, member(t, p.truth("admin_activity")[online].Row, "status_time_seconds"))
		require.Nil(t, member(t, p.truth("admin_activity")["null 123008 OFFLINE 2026-11-19T06:10:00Z"].Row, "status_end_ts"))
	},
}
