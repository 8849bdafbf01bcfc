package transform

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/source"
	"transporter/internal/task"
)

// The tests K1 to K13 that the report catalog must pass are named for their numbers;
// docs/reliability.md lists where each is.

// The same interval exported twice makes the same bytes: every report, every format.
func TestK6TheSameWindowTwiceIsTheSameFile(t *testing.T) {
	in, err := loadSample()
	require.NoError(t, err)
	for _, d := range variedReports() {
		for _, format := range d.Formats {
			job := newJob(t, d.ID, format, nil)
			first, res := render(t, job, in)
			second, again := render(t, job, in)
			require.Equal(t, res, again, "%s as %s", d.ID, format)
			require.Equal(t, first.bodies, second.bodies, "%s as %s", d.ID, format)
			envelope := job.Envelope(task.MetadataHeader{Fields: task.HeaderFields()}, first.infos[0], 1, time.UnixMilli(job.To))
			require.Equal(t, first.file(t, 1, envelope), second.file(t, 1, envelope), "%s as %s", d.ID, format)
		}
	}
}

// -1 of queue metrics is no number: nobody waits minus a millisecond.
func TestK7NullRulesOfQueueMetrics(t *testing.T) {
	in := memory{"queues_now": {{ID: "chat:-1", Raw: []byte(`{"requested_at":"2026-11-20T10:00:00.000Z","channel":"chat","skillId":"-1",` +
		`"metrics":{"currentQueueSize":-1,"currentAvailableSlots":-1,"currentMaxWaitTimeInQueue":-1}}`)}, {ID: "chat:7", Raw: []byte(`{"requested_at":"2026-11-20T10:00:00.000Z",` +
		`"channel":"chat","skillId":"7","metrics":{"currentQueueSize":0,"currentAvailableSlots":2,"currentMaxWaitTimeInQueue":0}}`)}}}
	out, res := render(t, newJob(t, "wfm.queue_snapshot", FormatJSONL, nil), in)
	require.Empty(t, res.Quarantined)
	rows := rowsOf(t, out.bodies[0])
	requireValues(t, rows[0], map[string]any{"skill_id": "-1", "queue_size": nil, "available_slots": nil, "max_wait_ms": nil})
	requireValues(t, rows[1], map[string]any{"skill_id": "7", "queue_size": 0, "available_slots": 2, "max_wait_ms": 0})
}

// One conversation more than the split makes a second file. Each says which part of how many
// it is, and their record counts add up.
func TestK10AConversationMoreMakesASecondPart(t *testing.T) {
	const interactions = 20_001
	var list []source.Record
	for i := range interactions {
		list = append(list, source.Record{Order: int64(i), ID: strconv.Itoa(i), Raw: fmt.Appendf(nil,
			`{"info":{"conversationId":"c%05d","brandId":"b","startTimeL":%d,"status":"CLOSE"}}`, i, 1_600_000_000_000+i)})
	}
	for _, format := range []string{FormatJSONL, FormatJSON} {
		t.Run(format, func(t *testing.T) {
			job := newJob(t, "msg.conversations", format, nil)
			out, res := render(t, job, memory{"messaging_interactions": list})
			require.Equal(t, []int64{2, interactions}, []int64{int64(res.Parts), res.Rows})
			records := 0
			for i, info := range out.infos {
				header := task.MetadataHeader{Fields: []string{"recordCount", "filePart", "totalParts"}}
				head, _, _ := strings.Cut(string(out.file(t, i+1, job.Envelope(header, info, res.Parts, time.UnixMilli(job.To)))), "\n")
				_, head, _ = strings.Cut(head, `"_transporter":`)
				var says struct{ RecordCount, FilePart, TotalParts int }
				require.NoError(t, json.NewDecoder(strings.NewReader(head)).Decode(&says), head)
				require.Equal(t, []int{i + 1, 2}, []int{says.FilePart, says.TotalParts})
				require.EqualValues(t, info.Rows, says.RecordCount)
				records += says.RecordCount
			}
			require.Equal(t, interactions, records)
			require.EqualValues(t, 20_000, out.infos[0].Entries)
		})
	}
}
