package feed_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/feed"
)

func TestKey(t *testing.T) {
	t.Parallel()
	for key, want := range map[feed.Key][2][]string{
		"":                   {},
		feed.KeyOf("a"):      {{"a"}},
		feed.KeyOf("a", "b"): {{"a", "b"}},
		feed.KeyOf("a", "b").RankedBy("c_ts", "d_ts"): {{"a", "b"}, {"c_ts", "d_ts"}},
		feed.Key("").RankedBy("c_ts"):                 {nil, {"c_ts"}},
		feed.KeyOf("a").RankedBy("c_ts").RankedBy():   {{"a"}},
	} {
		require.Equal(t, want[0], key.Columns(), key)
		require.Equal(t, want[1], key.Order(), key)
	}
}

// Rows that are ranked anew by what is kept of them stand to others as if they had been read anew.
func TestReranked(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 20, 6, 0, 0, 0, time.UTC)
	origin := feed.Origin{Stamp: feed.Stamp{Date: "2026-11-20", Hour: 5, Minute: feed.None}, Modified: at, Split: 12}
	table, ok := feed.TableOf("convos_metadata", feed.DoorS3)
	require.True(t, ok)
	rank := func(k feed.Key, o feed.Origin, line string, number int64) []byte {
		r := feed.NewRuler(table.KeyedBy(k, nil), feed.Reference)
		r.File(o)
		row, err := r.Row([]byte(line), number)
		require.NoError(t, err)
		return append([]byte(nil), row.Rank...)
	}
	other := feed.Key("").RankedBy("conversation_end_ts", "first_utterance_ts")
	for _, line := range []string{
		`{"issue_id":1,"last_event_ts":"2026-11-20 05:20:00","conversation_end_ts":"2026-11-20 05:09:00","export_ts":"2026-11-20 06:00:00"}`,
		`{"issue_id":1}`,
	} {
		was, now := rank("", origin, line, 4711), rank(other, origin, line, 4711)
		anew := rank(other, feed.Origin{Stamp: origin.Stamp, Split: feed.None}, line, 0)
		require.NotEqual(t, was, now)
		require.Equal(t, string(now), string(feed.Reranked(anew, was)))
	}
}
