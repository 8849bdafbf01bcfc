package liveperson

import (
	"context"
	"encoding/json"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"transporter/internal/budget"
	"transporter/internal/contract"
	"transporter/internal/source"
	"transporter/internal/temporalx"
	"transporter/internal/temporalx/temporaltest"
	"transporter/workflows"
)

// measure is a sink that keeps nothing but the number of bytes.
type measure struct{ bytes, records atomic.Int64 }

func (*measure) Done(context.Context, source.Slice) (bool, error) { return false, nil }

func (m *measure) Begin(context.Context, source.Slice) (source.SliceWriter, error) { return m, nil }

func (*measure) Plan(context.Context, []source.Slice) error { return nil }

func (*measure) Planned(context.Context) ([]source.Slice, error) { return nil, nil }

func (m *measure) Add(_ context.Context, r source.Record) error {
	m.bytes.Add(int64(len(r.Raw)))
	m.records.Add(1)
	return nil
}

func (*measure) Commit(context.Context, source.Counts) error { return nil }

func (*measure) Abort() {}

// BenchmarkFetch reads a day of whole conversations from a sandbox in the same process,
// TLS included; most of the time is the sandbox's.
func BenchmarkFetch(b *testing.B) { benchmarkFetch(b, func(*Config) {}) }

func benchmarkFetch(b *testing.B, change func(*Config)) {
	c := startCloud(b, 1_000_000)
	q := c.query(basisStart, c.now-2*day, c.now-day)
	delete(q.Params, "content")
	q.Params["api_version"] = json.RawMessage("2")
	var m measure
	for b.Loop() {
		require.NoError(b, c.client(b, change).Fetch(b.Context(), q, &m))
	}
	b.ReportMetric(float64(m.bytes.Load())/1e6/b.Elapsed().Seconds(), "MB/s")
	b.ReportMetric(float64(m.records.Load())/float64(b.N), "records/op")
}

// BenchmarkFetchBudget does the same, by the clock and not paced, in slots of the process's own
// and in slots that a Budget on a real Temporal server lends: what that costs is the difference.
func BenchmarkFetchBudget(b *testing.B) {
	s := temporaltest.Start(b, temporaltest.Options{})
	tc := s.Client()
	s.Worker(tc, contract.QueueWorkflows, func(r worker.Registry) {
		r.RegisterWorkflowWithOptions(workflows.Options{}.Budget, workflow.RegisterOptions{Name: contract.WorkflowBudget})
	})
	for _, c := range []struct {
		name   string
		lender budget.Lender
	}{{"own", nil}, {"leased", temporalx.NewBudgets(tc)}} {
		b.Run(c.name, func(b *testing.B) {
			shared := &Shared{Budgets: budget.Budgets{Lender: c.lender, Process: "bench"}}
			benchmarkFetch(b, func(c *Config) {
				c.Shared, c.Now, c.Sleep, c.Limits.PerSecond = shared, nil, nil, 1e6
			})
			require.NoError(b, shared.Close(b.Context()))
		})
	}
}
