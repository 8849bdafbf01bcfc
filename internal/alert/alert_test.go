package alert_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/account"
	"transporter/internal/alert"
	"transporter/internal/fault"
	"transporter/internal/incident"
	"transporter/internal/task"
)

func TestAlerts(t *testing.T) {
	now := time.Date(2026, 11, 20, 6, 0, 0, 0, time.UTC)
	whole := func() alert.Facts {
		return alert.Facts{Now: now, Limit: 15, Account: account.Snapshot{
			Settings: account.Settings{Zone: "UTC"}, Sources: map[string]account.Source{"s": {Meta: account.Meta{Description: "Site"}}},
			Destinations: map[string]account.Destination{"d": {Meta: account.Meta{Description: "Partner"}}},
			Keys:         map[string]account.Key{"k": {Meta: account.Meta{Description: "WFM"}}},
			Tasks:        map[string]account.Task{"t": {Spec: task.Spec{Source: "s"}}},
		}}
	}
	for name, c := range map[string]struct {
		change func(*alert.Facts)
		want   []string
	}{
		"all is well": {func(*alert.Facts) {}, nil},
		"a new account": {func(f *alert.Facts) { f.Account = account.Snapshot{} }, []string{
			"destination-missing", "key-missing", "source-missing", "zone-missing",
		}},
		"full":             {func(f *alert.Facts) { f.Limit = 1 }, []string{"task-limit"}},
		"a key ends soon":  {func(f *alert.Facts) { f.KeyEnds = map[string]time.Time{"k": now.AddDate(0, 0, 29)} }, []string{"key-expiring"}},
		"a key ends later": {func(f *alert.Facts) { f.KeyEnds = map[string]time.Time{"k": now.AddDate(0, 0, 31)} }, nil},
		"a key has ended":  {func(f *alert.Facts) { f.KeyEnds = map[string]time.Time{"k": now} }, []string{"key-expired"}},
		"another key takes over in time": {func(f *alert.Facts) {
			f.KeyEnds = map[string]time.Time{"k": now.AddDate(0, 0, 9)}
			f.Account.Keys["k"] = account.Key{Successor: &account.Successor{Key: "next", Switch: now.AddDate(0, 0, 9)}}
		}, nil},
		"another key takes over too late": {func(f *alert.Facts) {
			f.KeyEnds = map[string]time.Time{"k": now.AddDate(0, 0, 9)}
			f.Account.Keys["k"] = account.Key{Successor: &account.Successor{Key: "next", Switch: now.AddDate(0, 0, 10)}}
		}, []string{"key-expiring"}},
		"a key that tasks were told of": {func(f *alert.Facts) {
			f.KeyEnds, f.Incidents = map[string]time.Time{"k": now.AddDate(0, 0, 9)}, []incident.Incident{{Kind: incident.KeyExpiring, Task: "t", Key: "k"}}
		}, []string{"key-expiring"}},
		"a window is late": {func(f *alert.Facts) { f.Incidents = []incident.Incident{{Kind: incident.WindowLate, Title: "late"}} }, []string{"window-late"}},
		"the source fails": {func(f *alert.Facts) { f.Red = []alert.RedRun{{Task: "t", Step: "fetch", Kind: fault.AuthFailed}} }, []string{"source-failing"}},
		"one partner fails": {func(f *alert.Facts) {
			f.Red = []alert.RedRun{{Task: "t", Step: "upload", Leg: "d.1"}, {Task: "t", Step: "verify", Leg: "d.2"}}
		}, []string{"destination-failing"}},
		"problems come first": {func(f *alert.Facts) {
			f.Limit, f.Incidents = 1, []incident.Incident{{Kind: incident.ScheduleEdited}, {Kind: incident.RunFailed}}
		}, []string{"run-failed", "schedule-edited", "task-limit"}},
	} {
		t.Run(name, func(t *testing.T) {
			f := whole()
			c.change(&f)
			var kinds []string
			for _, a := range alert.Of(f) {
				kinds = append(kinds, a.Kind)
			}
			require.Equal(t, c.want, kinds)
		})
	}
}
