package recordfile

import (
	"bytes"
	"encoding/json"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
	"transporter/internal/source"
	"transporter/internal/source/liveperson/answer"
)

var place = regexp.MustCompile(`^f:\d+: `)

// FuzzFiles reads any file as records: it gives each of them once, as JSON, or an error with
// the place and what would be right. make fuzz runs it for longer.
func FuzzFiles(f *testing.F) {
	resources := []string{"messaging_interactions", "engagement_history", "agent_activity", "users", "rt_queuehealth", "kmm_metrics", "queues_now"}
	for i, text := range []string{
		`{"conversationHistoryRecords":[` + conversation("a", "1") + `,` + conversation("b", `"2"`) + `],"_metadata":{"count":2}}`,
		`{"interactionHistoryRecords":[{"info":{"engagementId":"a","engagementSequence":1,"startTimeL":1}}]}`,
		`{"agentId":9,"sequenceNumber":2,"sessionId":5,"statusType":1,"time":"2026-11-20T10:00:00.000Z"}` + "\n[]",
		`[{"id":1,"n":1},{"id":"1"}]` + "\r\n" + `{"id":2}`,
		`{"metricsByIntervals":[{"timestamp":300000},{"timestamp":600000}]}{"metricsByIntervals":[{"interval_start":"a","response":{}}]}[{"skillsMetrics":{}}]`,
		`{"groupBy":{"groups":[{"key":"7"},{"key":8}]}}{"groupBy":[{"interval_start":"a","response":{"key":9}}]}`,
		`{"skills":{"1":{}}}{"skillsMetrics":{"1":null}}`,
	} {
		f.Add(uint8(i), []byte(text))
	}
	f.Add(uint8(3), []byte("[[[[{\"id\":\"\xff\"}"))
	f.Fuzz(func(t *testing.T, which uint8, text []byte) {
		resource := resources[int(which)%len(resources)]
		files := Files{Answers: func(a Answer, give func(source.Record) error) error {
			return answer.Read(a.Resource, a.Body, answer.Asked{At: 1, From: 0, To: 1, Interval: answer.Bucket}, give)
		}}
		defer func() { require.NoError(t, files.Close()) }()
		if err := files.AddStream(resource, "f", bytes.NewReader(text)); err != nil {
			require.Regexp(t, place, err.Error())
			var f *fault.Error
			require.ErrorAs(t, err, &f)
			require.NotEmpty(t, f.Fix)
			return
		}
		n, _ := files.Count(resource)
		seen := map[string]bool{}
		for r, err := range files.Records(t.Context(), resource) {
			require.NoError(t, err)
			require.True(t, json.Valid(r.Raw), "%q", r.Raw)
			require.False(t, seen[r.ID], "%q twice", r.ID)
			seen[r.ID] = true
			require.Regexp(t, place, files.Place(resource, r.ID))
		}
		require.Len(t, seen, n)
	})
}
