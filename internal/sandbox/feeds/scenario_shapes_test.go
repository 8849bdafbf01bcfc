package feeds_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// shapes checks what each scenario of a leaf's form says.
var shapes = map[string]func(*testing.T, *played){
	"plain hour": func(t *testing.T, p *played) {
		p.step("one file")
		require.Equal(t, []string{"convos_metrics" + hour5 + "_SUCCESS", "convos_metrics" + hour5 + "convos_metrics.jsonl"}, p.names())
		require.Len(t, p.lines("convos_metrics"+hour5+"convos_metrics.jsonl"), 40)
		require.Equal(t, time.Date(2026, 11, 19, 6, 5, 0, 0, time.UTC), p.objects()["convos_metrics"+hour5+"convos_metrics.jsonl"], "five minutes after the hour")
		require.NotEmpty(t, p.truth("convos_metrics"))
	},
	"empty hour": func(t *testing.T, p *played) {
		p.all()
		require.Equal(t, []string{
			"convos_metrics" + hour5 + "_SUCCESS",
			"convos_metrics/version=1/format=jsonl/dt=2026-11-19/hr=06/_SUCCESS",
			"convos_metrics/version=1/format=jsonl/dt=2026-11-19/hr=06/convos_metrics.jsonl",
			"convos_metrics/version=1/format=jsonl/dt=2026-11-19/hr=07/_SUCCESS",
			"convos_metrics/version=1/format=jsonl/dt=2026-11-19/hr=07/convos_metrics.jsonl.gz",
		}, p.names())
		require.Equal(t, []string{""}, p.lines("convos_metrics/version=1/format=jsonl/dt=2026-11-19/hr=06/convos_metrics.jsonl"))
		require.Equal(t, []string{""}, p.lines("convos_metrics/version=1/format=jsonl/dt=2026-11-19/hr=07/convos_metrics.jsonl.gz"))
		require.Empty(t, p.truth("convos_metrics"))
	},
	"slow upload": func(t *testing.T, p *played) {
		p.step("the file")
		require.Equal(t, []string{"convos_metrics" + hour5 + "convos_metrics.jsonl"}, p.names())
		require.Empty(t, p.truth("convos_metrics"), "nobody may read it yet")
		p.step("_SUCCESS twenty minutes later")
		at := p.objects()
		require.Equal(t, 20*time.Minute+time.Second, at["convos_metrics"+hour5+"_SUCCESS"].Sub(at["convos_metrics"+hour5+"convos_metrics.jsonl"]))
		require.NotEmpty(t, p.truth("convos_metrics"))
	},
	"split": func(t *testing.T, p *played) {
		p.all()
		require.Equal(t, []string{
			"convos_metrics" + hour5 + "_SUCCESS",
			"convos_metrics" + hour5 + "convos_metrics.jsonl.00.gz",
			"convos_metrics" + hour5 + "convos_metrics.jsonl.01.gz",
			"convos_metrics" + hour5 + "convos_metrics.jsonl.02.gz",
			"convos_metrics/version=1/format=jsonl/dt=2026-11-19/hr=06/_SUCCESS",
			"convos_metrics/version=1/format=jsonl/dt=2026-11-19/hr=06/convos_metrics.jsonl.01.gz",
			"convos_metrics/version=1/format=jsonl/dt=2026-11-19/hr=06/convos_metrics.jsonl.02.gz",
			"convos_metrics/version=1/format=jsonl/dt=2026-11-19/hr=06/convos_metrics.jsonl.03.gz",
		}, p.names())
		lines := 0
		for _, name := range []string{"00", "01", "02"} {
			lines += len(p.lines("convos_metrics" + hour5 + "convos_metrics.jsonl." + name + ".gz"))
		}
		require.Equal(t, 40, lines, "read to the end of the second gzip member")
	},
	"deep partition list": func(t *testing.T, p *played) {
		p.all()
		names := p.names()
		require.Len(t, names, 1006)
		require.Contains(t, names, "utterances"+hour5+"utterances.jsonl.00.gz")
		require.Contains(t, names, "utterances"+hour5+"utterances.jsonl.1004.gz")
	},
	"encrypted": func(t *testing.T, p *played) {
		p.all()
		require.Len(t, p.lines("convos_metadata"+hour5+"convos_metadata.jsonl.gz.enc"), 40)
		require.Contains(t, p.names(), "convos_metadata/version=1/format=jsonl/dt=2026-11-19/hr=06/convos_metadata.jsonl.01.gz.enc")
	},
	"version 2": func(t *testing.T, p *played) {
		p.all()
		require.Len(t, p.names(), 8)
		one, two := p.lines("issue_type"+hour5+"issue_type.jsonl"), p.lines("issue_type/version=2/format=jsonl/dt=2026-11-19/hr=05/issue_type.jsonl")
		require.Equal(t, one, two, "the same rows twice")
		for _, r := range p.truth("issue_type") {
			require.NotContains(t, r.Leaf, "version", "of one version")
		}
	},
	"partition shape changes": func(t *testing.T, p *played) {
		p.all()
		require.Contains(t, p.names(), "transfers/version=1/format=jsonl/dt=2026-11-18/transfers.jsonl")
		require.Contains(t, p.names(), "transfers/version=1/format=jsonl/dt=2026-11-19/hr=00/transfers.jsonl")
	},
	"pairs of the path in another order": func(t *testing.T, p *played) {
		p.all()
		require.Subset(t, p.names(), []string{
			"transfers/version=1/format=jsonl/company=acme/dt=2026-11-19/hr=05/transfers.jsonl.01.gz",
			"transfers/dt=2026-11-19/hr=06/version=1/format=jsonl/_SUCCESS",
			"transfers/hr=07/version=1/dt=2026-11-19/format=jsonl/region=eu/transfers.jsonl",
			"transfers/version=1/format=jsonl/dt=2026-11-19/hr=08/transfers.jsonl",
			"transfers/version=1/format=jsonl/dt=2026-11-19/hr=09/transfers.jsonl",
		})
		require.Len(t, p.names(), 11, "of hour 09 one export is left")
	},
	"feed in the name differs from the folder": func(t *testing.T, p *played) {
		p.all()
		require.Contains(t, p.names(), "reps/version=1/format=jsonl/dt=2026-11-19/rep.jsonl")
		require.NotEmpty(t, p.truth("reps"))
	},
	"dt in the future": func(t *testing.T, p *played) {
		p.step("a leaf of yesterday")
		before := p.truth("issue_entry")
		p.step("a leaf in three days")
		require.Contains(t, p.names(), "issue_entry/version=1/format=jsonl/dt=2026-11-23/hr=05/_SUCCESS")
		require.Equal(t, before, p.truth("issue_entry"), "nobody may believe it")
	},
}
