package transform

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/sandbox/history"
	"transporter/internal/sandbox/world"
)

// worldNow is the sandbox's clock in these tests.
var worldNow = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC).UnixMilli()

// everySection asks for all that there is.
const everySection = history.Section(1<<23 - 1)

// worldRecords returns the last conversations of a made-up account, as the API sends
// them when every section is asked for, and how many messages each has.
func worldRecords(t testing.TB, n int) (records [][]byte, messages int64) {
	t.Helper()
	a := world.NewAccount(7, "12345678", 20_000)
	for c := range a.Conversations(worldNow) {
		if c.Facts.Start < worldNow-90*24*time.Hour.Milliseconds() || len(records) == n {
			continue
		}
		hits := a.Conversation(c.ID(), worldNow)
		require.Equal(t, 1, hits.Len())
		records = append(records, hits.Append(nil, 0, history.View{Sections: everySection, Whole: true}))
		messages += int64(c.Messages())
	}
	require.Len(t, records, n)
	return records, messages
}

func worldSkills(t testing.TB) [][]byte { return worldList(t, "skills") }

func worldUsers(t testing.TB) [][]byte { return worldList(t, "users") }

func worldList(t testing.TB, name string) (out [][]byte) {
	t.Helper()
	entities, _, ok := world.NewAccount(7, "12345678", 20_000).List(name, worldNow)
	require.True(t, ok)
	for _, e := range entities {
		out = append(out, e.Append(nil, nil, true))
	}
	return out
}

// TestTheSandboxesConversations renders what the look-alike serves: no record is
// refused, rows are as many as the world says, and both restatements agree.
func TestTheSandboxesConversations(t *testing.T) {
	records, messages := worldRecords(t, 300)
	skills := worldSkills(t)
	in := memory{}.with(t, "messaging_interactions", records...).with(t, "skills", skills...)
	_, res := render(t, newJob(t, "msg.messages", FormatCSV, map[string]any{"include_system_messages": true}), in)
	require.Empty(t, res.Quarantined)
	require.Equal(t, messages, res.Rows)

	var sorted [][]byte
	for _, r := range in["messaging_interactions"] {
		sorted = append(sorted, r.Raw)
	}
	out, res := render(t, newJob(t, "msg.messages", FormatCSV, nil), in)
	require.Empty(t, res.Quarantined)
	t.Logf("%d of %d messages are not by system senders", res.Rows, messages)
	requireSameLines(t, restated(t, "rival.py", sorted, skills), out.bodies[0])
	requireConversations(t, sorted, skills, in)
}
