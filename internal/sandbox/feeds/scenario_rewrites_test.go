package feeds_test

import (
	"compress/gzip"
	"io"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"
)

// rewrites checks what each scenario of a leaf that is written again, or is not whole, says.
var rewrites = map[string]func(*testing.T, *played){
	"same-partition re-export": func(t *testing.T, p *played) {
		p.step("three splits")
		before := p.truth("utterances")
		p.step("two splits, with changed and removed rows; the old third stays")
		at := p.objects()
		require.Len(t, at, 4)
		third, second := at["utterances"+hour5+"utterances.jsonl.02.gz"], at["utterances"+hour5+"utterances.jsonl.01.gz"]
		require.Equal(t, 3*time.Hour-time.Second, second.Sub(third), "the third is of the first export")
		after := p.truth("utterances")
		gone, changed := 0, 0
		for key, r := range before {
			switch now, there := after[key]; {
			case !there:
				gone++
			case string(now.Row) != string(r.Row):
				changed++
			}
		}
		require.NotZero(t, gone)
		require.NotZero(t, changed)
		for _, r := range after {
			require.NotContains(t, r.File, ".02", "the leftover is no part of it")
		}
	},
	"leftover high split": func(t *testing.T, p *played) {
		p.step("both exports")
		require.Len(t, p.names(), 4)
		require.NotEmpty(t, p.truth("utterances"))
	},
	"late re-export": func(t *testing.T, p *played) {
		for range 5 {
			require.NoError(t, p.Steps[p.next].Apply(t.Context(), p.bucket))
			p.next++
		}
		before := p.truth("convos_metrics")
		p.step("the leaf of 5 days ago again")
		at := p.objects()
		old := "convos_metrics/version=1/format=jsonl/dt=2026-11-15/hr=05/"
		require.True(t, at[old+"convos_metrics.jsonl"].After(at[old+"_SUCCESS"]), "_SUCCESS stayed")
		for name, written := range at {
			require.False(t, written.After(at[old+"convos_metrics.jsonl"]), "%s is not newer than the re-export", name)
		}
		require.NotEqual(t, before, p.truth("convos_metrics"))
	},
	"row gone in the re-export": func(t *testing.T, p *played) {
		p.step("hour 05")
		p.step("hour 06")
		require.Len(t, p.truth("rep_augmentation"), 3)
		p.step("hour 06 again, without issues 2 and 3")
		after := p.truth("rep_augmentation")
		require.Len(t, after, 2)
		require.Equal(t, "dt=2026-11-19/hr=06", after["1"].Leaf)
		require.Equal(t, "dt=2026-11-19/hr=05", after["2"].Leaf, "it falls back to the hour before")
	},
	"missing _SUCCESS for ever": func(t *testing.T, p *played) {
		p.all()
		require.NotContains(t, p.names(), "issue_queues"+hour5+"_SUCCESS")
		for _, r := range p.truth("issue_queues") {
			require.Equal(t, "dt=2026-11-19/hr=06", r.Leaf)
		}
	},
	"gap in splits": func(t *testing.T, p *played) {
		p.step("_SUCCESS without the second of three")
		require.Equal(t, []string{
			"customer_params_hourly" + hour5 + "_SUCCESS",
			"customer_params_hourly" + hour5 + "customer_params_hourly.jsonl.00.gz",
			"customer_params_hourly" + hour5 + "customer_params_hourly.jsonl.02.gz",
		}, p.names())
		require.Empty(t, p.truth("customer_params_hourly"))
		p.step("all three")
		require.Len(t, p.names(), 4)
		require.NotEmpty(t, p.truth("customer_params_hourly"))
	},
	"truncated gzip": func(t *testing.T, p *played) {
		p.step("a file without its end")
		name := "rep_convos" + hour5 + "rep_convos.jsonl.gz"
		o, err := p.bucket.Server.GetObject(t.Context(), &s3.GetObjectInput{Bucket: &p.bucket.Name, Key: &name})
		require.NoError(t, err)
		defer o.Body.Close()
		z, err := gzip.NewReader(o.Body)
		require.NoError(t, err)
		_, err = io.Copy(io.Discard, z)
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)
		require.Empty(t, p.truth("rep_convos"))
		p.step("the whole file")
		require.Len(t, p.lines(name), 40)
		require.NotEmpty(t, p.truth("rep_convos"))
	},
	"object changes during download": func(t *testing.T, p *played) {
		p.step("the first export")
		before := p.lines("sms_events" + hour5 + "sms_events.jsonl")
		p.step("the second, over the same name")
		require.NotEqual(t, before, p.lines("sms_events"+hour5+"sms_events.jsonl"))
	},
	".enc and plain twins": func(t *testing.T, p *played) {
		p.all()
		name := "voice_intents" + hour5 + "voice_intents.jsonl.gz"
		require.Equal(t, p.lines(name), p.lines(name+".enc"))
	},
	"split plus unsplit file together": func(t *testing.T, p *played) {
		p.all()
		for key, r := range p.truth("csid_containment") {
			switch r.Leaf {
			case "dt=2026-11-19/hr=05":
				require.Contains(t, r.File, ".jsonl.0", key)
			case "dt=2026-11-19/hr=06":
				require.Equal(t, "csid_containment.jsonl.gz", r.File, key)
			default:
				require.Fail(t, "hour 07 is held", r.Leaf)
			}
		}
		require.Len(t, p.names(), 12)
	},
	"_SUCCESS not empty, or _success, or _SUCCESS.gz": func(t *testing.T, p *played) {
		p.all()
		require.Subset(t, p.names(), []string{"live_agent_opportunities" + hour5 + "_success", "live_agent_opportunities" + hour5 + "_SUCCESS.gz"})
		require.Equal(t, []string{"done"}, p.lines("live_agent_opportunities/version=1/format=jsonl/dt=2026-11-19/hr=06/_SUCCESS"))
		for _, r := range p.truth("live_agent_opportunities") {
			require.Equal(t, "dt=2026-11-19/hr=06", r.Leaf)
		}
	},
	"vanished after import": func(t *testing.T, p *played) {
		p.step("the leaf")
		before := p.truth("knowledge_base")
		p.step("its objects are gone")
		require.Empty(t, p.names())
		require.Equal(t, before, p.truth("knowledge_base"), "what was read stays")
	},
}
