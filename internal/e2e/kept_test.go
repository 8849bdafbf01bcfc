package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/httpapi"
	"transporter/internal/task"
)

// What is left of runs to those who ask later: receipts that certify a period, records
// that Temporal no longer has, and what an operator accepted.
func TestWhatIsKept(t *testing.T) {
	t.Parallel()
	now := thisHour()
	s := start(t, options{now: now, records: conversations(t, now)})
	for name, test := range map[string]func(*testing.T, *brand){
		"a record in quarantine is accepted": testAccept,
		"a certificate":                      testCertificate,
		"after retention":                    testForgotten,
	} {
		t.Run(name, func(t *testing.T) { test(t, s.brand(t)) })
	}
}

// The hours before now of conversations: two whole ones end in the first, none in the second,
// and in the third one that is whole beside one that no row can be written for.
const (
	wholeHour = 1
	emptyHour = 2
	spoilHour = 3
	spoilt    = "00000000-0000-4000-8000-000000000003"
)

// conversations writes them as the platform would answer, and returns the folder.
func conversations(t *testing.T, now time.Time) string {
	t.Helper()
	record := func(n, hour int, first any) map[string]any {
		end := now.Add(-time.Duration(hour)*time.Hour + time.Duration(10*n)*time.Minute)
		return map[string]any{"info": map[string]any{
			"conversationId": fmt.Sprintf("00000000-0000-4000-8000-%012d", n), "brandId": platform, "status": "CLOSE", "fullDialogStatus": "CLOSE",
			"startTimeL": end.Add(-5 * time.Minute).UnixMilli(), "endTimeL": end.UnixMilli(), "conversationEndTimeL": end.UnixMilli(),
			"fullDialogEndTimeL": end.UnixMilli(), "latestSkillId": 7, "firstConversation": first,
		}}
	}
	text, err := json.Marshal(map[string]any{"conversationHistoryRecords": []any{
		record(1, wholeHour, true), record(2, wholeHour, false), record(4, spoilHour, true), record(3, spoilHour, "maybe"),
	}})
	require.NoError(t, err)
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "conversations.json"), text, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "skills.json"), []byte(`[{"id": 7, "name": "Sales"}]`), 0o600))
	return dir
}

// hour is one hour before now.
func (s *stack) hour(n int) httpapi.WindowView {
	return s.before(time.Duration(n-1)*time.Hour, time.Hour)
}

// hourly is a task of the hours from the n-th before now, until now.
func (b *brand) hourly(n int) task.Spec {
	from, to := b.hour(n).From, b.now
	x := spec("msg.conversations", "csv")
	x.Frequency, x.Start, x.End, x.Delay = task.Frequency{Kind: task.Interval, Every: task.Duration(time.Hour)}, &from, &to, new(task.Duration)
	x.EmptyResult = task.EmptySkip
	return x
}
