package liveperson

import (
	"context"
	"encoding/json"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/source"
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
func BenchmarkFetch(b *testing.B) {
	c := startCloud(b, 1_000_000)
	q := c.query(basisStart, c.now-2*day, c.now-day)
	delete(q.Params, "content")
	q.Params["api_version"] = json.RawMessage("2")
	var m measure
	for b.Loop() {
		require.NoError(b, c.client(b).Fetch(b.Context(), q, &m))
	}
	b.ReportMetric(float64(m.bytes.Load())/1e6/b.Elapsed().Seconds(), "MB/s")
	b.ReportMetric(float64(m.records.Load())/float64(b.N), "records/op")
}
