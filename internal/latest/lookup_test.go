package latest_test

import (
	"context"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"transporter/internal/latest"
)

// Whether the keys of a table are looked up or read through, the same has changed: of merged tables
// with rows that lost, of leaves that come, come anew or go.
func TestLookedUpTablesTellTheSame(t *testing.T) {
	stage, _ := newStage(t)
	n := 0
	rapid.Check(t, func(r *rapid.T) {
		defer latest.LookFrom(0, rapid.SampledFrom([]int{1, 40, 200, 1 << 20}).Draw(r, "block"))()
		n++
		prefix := fmt.Sprint("t", n)
		var sets []latest.Tagged
		for tag := range int32(rapid.IntRange(1, 5).Draw(r, "leaves")) {
			sets = append(sets, latest.Tagged{Set: sortIn(t, stage, drawRows(r, tag, "leaf"), few), Tag: tag})
		}
		base, err := latest.Compact(context.Background(), stage, prefix, sets[:(len(sets)+1)/2], latest.Keep)
		require.NoError(r, err)
		was := append([]latest.Tagged{{Set: base, Without: rapid.SampledFrom([][]int32{nil, {0}}).Draw(r, "without")}}, sets[(len(sets)+1)/2:]...)
		now := append([]latest.Tagged{}, was...)
		if len(now) > 1 && rapid.Bool().Draw(r, "gone") {
			now = now[:len(now)-1]
		}
		if rapid.Bool().Draw(r, "masked") {
			now[0].Without = []int32{1}
		}
		now = append(now, latest.Tagged{Set: sortIn(t, stage, drawRows(r, 9, "new"), few), Tag: 9})
		told := func() (all []string) {
			for c, err := range latest.Changes(context.Background(), stage, prefix+"/scratch", was, now) {
				require.NoError(r, err)
				text := string(c.Key)
				for _, row := range []*latest.Row{c.Was, c.Now} {
					if row != nil {
						text += fmt.Sprintf(" %q %d %q;", row.Rank, row.Tag, row.Raw)
					} else {
						text += " none;"
					}
				}
				all = append(all, text)
			}
			return all
		}
		looked := told()
		undo := latest.LookFrom(math.MaxInt32, 1)
		defer undo()
		require.Equal(r, told(), looked)
	})
}
