package activities

import (
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/feedbook"
	"transporter/internal/latest"
	"transporter/internal/report"
	"transporter/internal/source"
	"transporter/internal/staging"
	"transporter/internal/transform"
)

// Rendering waits for room for the largest row of the window's leaves, and of the table before.
func TestAGiantRowOfALeafIsWeighed(t *testing.T) {
	a := &Run{Room: 1 << 30}
	giant := latest.Set{Giant: 8 << 20}
	leaves := []feedbook.Leaf{{}, {Rows: giant}}
	for name, c := range map[string]struct {
		index FetchIndex
		table *feedbook.Place
		want  int64
	}{
		"none":               {FetchIndex{}, nil, transformWeight},
		"of the window":      {FetchIndex{Leaves: leaves}, nil, transformWeight + giantForms*8<<20},
		"of the table":       {FetchIndex{}, &feedbook.Place{Base: feedbook.State{Leaves: []feedbook.Member{{Rows: giant}}}}, transformWeight + giantForms*8<<20},
		"of what was merged": {FetchIndex{}, &feedbook.Place{Base: feedbook.State{Base: &feedbook.Base{Rows: giant}}}, transformWeight + giantForms*8<<20},
		"beyond all memory":  {FetchIndex{Leaves: []feedbook.Leaf{{Rows: latest.Set{Giant: 1 << 30}}}}, nil, 1 << 30},
	} {
		weight, _ := a.weigh(c.index, c.table, &report.Definition{})
		require.Equal(t, c.want, weight, name)
	}
}

// Rendering waits for room for what it looks up, and may hold no more for it than there is.
func TestWhatIsLookedUpIsWeighed(t *testing.T) {
	def, err := report.Get("msg.assignments", "")
	require.NoError(t, err)
	index := func(own, measured int64) FetchIndex {
		stream := func(resource string, n int64) Stream {
			return Stream{Resource: resource, Slices: []staging.SliceCommit{{Counts: source.Counts{Kept: n}}}}
		}
		return FetchIndex{Streams: []Stream{stream("handle_time", measured), stream(def.Resource, own)}}
	}
	const many = 1 << 20
	a := &Run{Room: 1 << 30}
	weight, lookups := a.weigh(index(0, 0), nil, def)
	require.EqualValues(t, []int64{transformWeight, 1<<30 - transformWeight}, []int64{weight, lookups})
	weight, lookups = a.weigh(index(many, 4*many), nil, def)
	require.Equal(t, []int64{transformWeight + transform.LookupWeight(def.Lookups["handle_times"], many, 4*many), 1<<30 - transformWeight}, []int64{weight, lookups})
	require.Greater(t, weight, int64(transformWeight+128<<20))
	weight, lookups = a.weigh(index(100*many, 100*many), nil, def)
	require.Equal(t, []int64{1 << 30, 1<<30 - transformWeight}, []int64{weight, lookups})
	a.Room = transformWeight
	weight, lookups = a.weigh(index(many, many), nil, def)
	require.EqualValues(t, []int64{transformWeight, leastLookups}, []int64{weight, lookups})
}
