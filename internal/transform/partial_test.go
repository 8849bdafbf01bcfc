package transform

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/report"
	"transporter/internal/source"
)

// Every report of conversations or chats refuses one that the source has cut, as it is staged: no row is
// made of a part.
func TestEveryReportRefusesWhatIsCut(t *testing.T) {
	raws := map[string][]byte{
		"messaging_interactions": []byte(`{"info":{"conversationId":"c","brandId":"b","startTimeL":1600000000000,"endTimeL":1600000100000,` +
			`"conversationEndTimeL":1600000100000,"status":"CLOSE","isPartial":"true"},"messageRecords":[{"messageId":"m","timeL":1600000000000}]}`),
		"engagement_history": []byte(`{"info":{"engagementId":"c","engagementSequence":0,"accountId":"b","skillId":7,"startTimeL":1600000000000,` +
			`"endTimeL":1600000100000,"isInteractive":true,"isPartial":true},"transcript":{"lines":[]}}`),
	}
	tried := 0
	for _, def := range report.Catalog() {
		for resource, raw := range raws {
			also := slices.ContainsFunc(def.Also, func(a report.Also) bool { return a.Resource == resource })
			if def.Resource != resource && !also {
				continue
			}
			t.Run(def.ID, func(t *testing.T) {
				in := memory{resource: {source.Record{Order: 1_600_000_000_000, ID: "c", Raw: raw}}}
				job := newJob(t, def.ID, def.Formats[0], nil)
				if also {
					job.Also = []string{resource}
				}
				_, res := render(t, job, in)
				require.EqualValues(t, 1, res.Refused)
				require.Equal(t, "$.info.isPartial", res.Quarantined[0].Column)
				require.Zero(t, res.Rows)
			})
			tried++
		}
	}
	require.Greater(t, tried, 20)
}
