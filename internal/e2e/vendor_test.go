package e2e

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/contract"
	"transporter/internal/receivertest"
	"transporter/internal/task"
)

// A task in a vendor's layout posts its file with a static token and static URL parameters,
// under a name with the end of the window; the receiver reads in it the report's own rows.
func TestAVendorsLayoutIsPosted(t *testing.T) {
	t.Parallel()
	r := receivertest.Start(t)
	var mu sync.Mutex
	var queries []url.Values
	r.Answers(func(_ http.ResponseWriter, q *http.Request) bool {
		mu.Lock()
		defer mu.Unlock()
		if q.Method == http.MethodPost {
			queries = append(queries, q.URL.Query())
		}
		return false
	})
	s := start(t, options{worker: []string{"--allow", r.Server.Listener.Addr().String()}})
	b := s.brand(t)
	w := s.before(24*time.Hour, 2*time.Hour)
	to := b.destination(t, destinationOf(r, "/incoming/{name}", map[string]any{
		"manifest": true, "parameters": map[string]string{"dataSourceKey": "17", "dataSourceType": "a b&c"},
	}))
	x := spec("wfm.skill_interval", "", "interval_minutes", "60")
	x.Vendor, x.Destinations = "calabrio", []task.Leg{{Destination: to, Path: "wfm", Encryption: task.Encryption{Mode: task.EncryptNone}}}
	d := b.run(t, b.task(t, x), w)
	require.Equal(t, contract.OutcomeDelivered, d.Outcome, d.Error)

	name := "wfm/calabrio-queue-" + w.To.UTC().Format("2006-01-02-1504")
	content, there := r.Read(t, name+".csv")
	require.True(t, there)
	require.Equal(t, 2, r.Stored(), "the file and its manifest")
	for _, q := range queries {
		require.Equal(t, url.Values{"dataSourceKey": {"17"}, "dataSourceType": {"a b&c"}}, q)
	}
	records, err := csv.NewReader(bytes.NewReader(content)).ReadAll()
	require.NoError(t, err)
	header := records[0]
	require.Equal(t, []string{
		"startTime", "endTime", "queueId", "queueName", "offered", "answered", "abandoned", "answeredWithinThreshold", "threshold",
		"handleTime", "averageSpeedOfAnswer", "backlog",
	}, header)
	require.Contains(t, string(content), `"startTime","endTime"`)
	require.NotContains(t, string(content), "\r")

	rows := b.delivers(t, b.run(t, b.task(t, spec("wfm.skill_interval", "jsonl", "interval_minutes", "60")), w), b.cloud, "jsonl")
	require.NotEmpty(t, rows)
	require.Len(t, records, len(rows)+1)
	offered := 0
	for i, row := range rows {
		got := map[string]string{}
		for at, text := range records[i+1] {
			got[header[at]] = text
		}
		for column, its := range map[string]string{
			"queueId": "skill_id", "queueName": "skill_name", "offered": "offered", "answered": "handled", "abandoned": "abandoned_total",
			"answeredWithinThreshold": "sl_answered_within", "backlog": "backlog_end",
		} {
			require.Equal(t, row[its].text, got[column], "%s of %s", its, row["_row_key"].text)
		}
		for column, its := range map[string]string{"startTime": "interval_start", "endTime": "interval_end"} {
			want, err := time.Parse(time.RFC3339, row[its].text)
			require.NoError(t, err)
			require.Equal(t, want.Format(time.RFC3339), got[column])
		}
		want, err := strconv.ParseFloat(row["sl_threshold_ms"].text, 64)
		require.NoError(t, err)
		seconds, err := strconv.ParseFloat(got["threshold"], 64)
		require.NoError(t, err)
		require.InDelta(t, want/1000, seconds, 1e-9)
		n, err := strconv.Atoi(got["offered"])
		require.NoError(t, err)
		offered += n
	}
	require.Positive(t, offered)

	var signed struct{ Manifest struct{ Columns []string } }
	text, there := r.Read(t, name+".manifest.json")
	require.True(t, there)
	require.NoError(t, json.Unmarshal(text, &signed))
	require.Equal(t, header, signed.Manifest.Columns)
	require.Contains(t, b.starter(t, "verify", r.Folder+"/wfm"), "1 file read")
	require.Contains(t, b.starter(t, "vendor", "show", "calabrio"), "queueId")
	require.Contains(t, b.starter(t, "vendor", "list"), "http")
	require.Contains(t, b.starter(t, "report", "sample", "wfm.skill_interval", "--vendor", "aspect"), "\t")
}
