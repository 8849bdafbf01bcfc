package activities

import (
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/feedbook"
	"transporter/internal/latest"
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
		require.Equal(t, c.want, a.weigh(c.index, c.table), name)
	}
}
