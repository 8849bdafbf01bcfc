package transform

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"transporter/internal/sandbox/history"
	"transporter/internal/sandbox/world"
)

// sums are what a window adds up to.
type sums struct{ messages, transfers, assignments, assignedMS int64 }

// TestReportsAgreeWithTheWorld renders windows of made-up accounts, and compares with
// what the world says that happened in them; it counts without any record.
func TestReportsAgreeWithTheWorld(t *testing.T) {
	var all sums
	rapid.Check(t, func(r *rapid.T) {
		account := world.NewAccount(rapid.Int64().Draw(r, "seed"), "12345678", 20_000)
		to := worldNow - rapid.Int64Range(0, 300*24*3600).Draw(r, "seconds ago")*1000
		from := to - rapid.Int64Range(1, 48).Draw(r, "quarters")*15*time.Minute.Milliseconds()
		var want sums
		var records [][]byte
		for c := range account.Conversations(worldNow) {
			if end := c.Facts.ConversationEnd; !c.Facts.Closed || end < from || end >= to {
				continue
			}
			transfers, assignments, assigned := c.Moves()
			want.messages += int64(c.Messages())
			want.transfers += transfers
			want.assignments += assignments
			want.assignedMS += assigned
			records = append(records, account.Conversation(c.ID(), worldNow).Append(nil, 0, history.View{Sections: everySection, Whole: true}))
		}
		in := memory{}.with(t, "messaging_interactions", records...)
		require.Equal(r, want, renderedSums(t, in))
		all.transfers += want.transfers
		all.assignedMS += want.assignedMS
	})
	require.Greater(t, all.transfers, int64(100), "windows with something in them")
	require.Positive(t, all.assignedMS)
}

func renderedSums(t *testing.T, in memory) sums {
	t.Helper()
	rows := func(report string, params map[string]any) []map[string]any {
		out, res := render(t, newJob(t, report, FormatJSONL, params), in)
		require.Empty(t, res.Quarantined)
		list := rowsOf(t, out.bodies[0])
		require.Len(t, list, int(res.Rows))
		return list
	}
	segments := rows("msg.assignments", map[string]any{"column_set": []string{"duration_ms"}})
	got := sums{
		messages:    int64(len(rows("msg.messages", map[string]any{"include_system_messages": true, "column_set": []string{"seq"}}))),
		transfers:   int64(len(rows("msg.transfers", map[string]any{"column_set": []string{"reason"}}))),
		assignments: int64(len(segments)),
	}
	for _, s := range segments {
		got.assignedMS += int64(s["duration_ms"].(float64))
	}
	return got
}
