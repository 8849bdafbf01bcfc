package liveperson

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// publishedPage is the published example answer, when it is on this machine.
const publishedPage = "../../../../shared/samples/liveperson/data/msgint-search.response.json"

func bigPage(tb testing.TB, indented bool) []byte {
	tb.Helper()
	sample, err := os.ReadFile(publishedPage)
	if err != nil {
		tb.Skip("the published samples are not here: ", err)
	}
	var p struct {
		Metadata json.RawMessage   `json:"_metadata"`
		Records  []json.RawMessage `json:"conversationHistoryRecords"`
	}
	require.NoError(tb, json.Unmarshal(sample, &p))
	for len(p.Records) < 100 {
		p.Records = append(p.Records, p.Records[0])
	}
	body, err := json.Marshal(p)
	require.NoError(tb, err)
	if indented {
		var buf bytes.Buffer
		require.NoError(tb, json.Indent(&buf, body, "", "  "))
		return buf.Bytes()
	}
	return body
}

func BenchmarkParsePage(b *testing.B) {
	body := bigPage(b, false)
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		p, err := parsePage(body, conversationsAPI.records)
		if err != nil || len(p.records) != 100 {
			b.Fatal(len(p.records), err)
		}
	}
}
