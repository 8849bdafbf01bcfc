//go:build soak

package connector_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/conversation"
)

// The longest conversation that is promised is read like any other.
func TestTwentyThousandMessages(t *testing.T) {
	const messages, batch = 20_000, 200
	w := newWorld(t, t.TempDir())
	text := strings.Repeat("ä", 500)
	for from := 0; from < messages; from += batch {
		var entries []conversation.Entry
		for n := from; n < from+batch; n++ {
			e := says("long", n, "kim", conversation.RoleConsumer, fmt.Sprint(n, " ", text), time.Duration(n)*time.Second)
			e.Position = int64(n)
			entries = append(entries, e)
		}
		_, err := w.Append(t.Context(), ref("long"), entries)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close(t.Context(), conversation.Closing{Account: account, App: "app-1", Conversation: "long", Next: messages}, w.now))
	begun := time.Now()
	records, _ := w.fetch(t, nine, nine.Add(time.Hour))
	t.Logf("%d messages, %d bytes in %s", messages, len(records[0].Raw), time.Since(begun))
	list := texts(t, records[0].Raw)
	require.Len(t, list, messages)
	for n, got := range list {
		require.True(t, strings.HasPrefix(got, fmt.Sprint(n, " ")))
	}
	require.NotContains(t, string(records[0].Raw), `"leftOut"`)
}
