package liveperson

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

// Searches give the latest attribute of a visitor; all_sdes reads every conversation by
// its id and gets the others, too.
func TestSandboxAllAttributes(t *testing.T) {
	c := startCloud(t, 8000)
	q := c.query(basisEnd, c.now-12*hour, c.now)
	q.Params["content"] = json.RawMessage(`["sdes"]`)
	count := func() (conversations, customers, persons, calls int) {
		before := c.calls("/messaging_history/")
		m := newMemory()
		require.NoError(t, c.client(t).Fetch(t.Context(), q, m))
		byID, _ := m.records()
		for _, r := range byID {
			customers += bytes.Count(r.Raw, []byte(`"sdeType":"CUSTOMER_INFO"`))
			persons += bytes.Count(r.Raw, []byte(`"sdeType":"PERSONAL_INFO"`))
		}
		return len(byID), customers, persons, c.calls("/messaging_history/") - before
	}
	conversations, customers, persons, few := count()
	require.Zero(t, persons)
	require.Positive(t, customers)

	q.Params["all_sdes"] = json.RawMessage("true")
	same, allCustomers, all, many := count()
	require.Equal(t, conversations, same)
	require.Equal(t, customers, allCustomers)
	require.Equal(t, customers, all, "the sandbox has both events of those who have any")
	require.GreaterOrEqual(t, many-few, conversations, "a request a conversation")
}
