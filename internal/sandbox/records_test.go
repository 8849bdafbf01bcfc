package sandbox_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/sandbox"
	"transporter/internal/sandbox/sandboxtest"
)

// recordsAt writes a folder with one recorded conversation for each start.
func recordsAt(t *testing.T, starts ...int64) string {
	t.Helper()
	var b bytes.Buffer
	b.WriteString(`{"conversationHistoryRecords": [`)
	for i, s := range starts {
		if i > 0 {
			b.WriteString(",")
		}
		fmt.Fprintf(&b, `{"info": {"conversationId": "c%d", "startTimeL": %d, "status": "CLOSE", "endTimeL": %d, "score": 1.50},`+
			` "campaign": {"id": "7"}, "monitoring": {}, "extra": {"z": 1, "a": 2}}`, i, s, s+1000)
	}
	b.WriteString(`]}`)
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "page.json"), b.Bytes(), 0o600))
	return dir
}

func TestRecordedSectionsAreServedUnchanged(t *testing.T) {
	r := sandboxtest.Start(t, sandbox.Config{Records: recordsAt(t, 1_700_000_000_000), Now: func() time.Time { return time.UnixMilli(1_700_010_000_000) }})
	query := r.URL + searchPath + "?source=t"
	body := `{"start":{"from":1700000000000,"to":1700000000000}`
	for _, c := range []struct{ name, body, want string }{
		{"defaults leave monitoring out", body + `}`, `"campaign":{"id":"7"},"extra":{"z":1,"a":2}}]}`},
		{"only what is asked", body + `,"contentToRetrieve":["monitoring"]}`, `"monitoring":{},"extra":{"z":1,"a":2}}]}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := do(t, r, "POST", query, c.body, good)
			require.Equal(t, 200, a.status)
			_, records, ok := bytes.Cut(a.body, []byte(`"conversationHistoryRecords":[`))
			require.True(t, ok)
			require.Equal(t, `{"info":{"conversationId":"c0","startTimeL":1700000000000,"status":"CLOSE","endTimeL":1700000001000,"score":1.50},`+c.want, string(records))
		})
	}
}

func TestUnreadableRecordsAreNamed(t *testing.T) {
	dir := t.TempDir()
	account := []sandbox.Account{{ID: "a"}}
	_, err := sandbox.New(sandbox.Config{Records: dir, Accounts: account})
	require.ErrorContains(t, err, "conversationHistoryRecords")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "x.json"), []byte(`{"conversationHistoryRecords":[{"info":{}}]}`), 0o600))
	_, err = sandbox.New(sandbox.Config{Records: dir, Accounts: account})
	require.ErrorContains(t, err, "x.json")
	require.ErrorContains(t, err, "conversationId")
}

// TestPublishedSample serves the sample that the platform's pages print.
func TestPublishedSample(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "shared", "samples", "liveperson", "data")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the published samples are not here")
	}
	now := time.Date(2017, 6, 1, 0, 0, 0, 0, time.UTC)
	r := sandboxtest.Start(t, sandbox.Config{Records: dir, Now: func() time.Time { return now }})
	day := time.Date(2016, 8, 29, 0, 0, 0, 0, time.UTC)
	every := `,"contentToRetrieve":["campaign","monitoring","messageRecords","agentParticipants","consumerParticipants","transfers","interactions",` +
		`"dialogs","messageScores","messageStatuses","conversationSurveys","coBrowseSessions","sdes","responseTime","summary","intents",` +
		`"latestAgentSurvey","previouslySubmittedAgentSurveys"]`
	a := do(t, r, "POST", r.URL+searchPath+"?source=t", startBody(day, day.Add(24*time.Hour), every), good)
	require.Equal(t, 200, a.status)
	published, err := os.ReadFile(filepath.Join(dir, "msgint-search.response.json"))
	require.NoError(t, err)
	var want, got struct {
		Records []json.RawMessage `json:"conversationHistoryRecords"`
	}
	require.NoError(t, json.Unmarshal(published, &want))
	require.NoError(t, json.Unmarshal(a.body, &got))
	require.Len(t, got.Records, 1)
	var compact bytes.Buffer
	require.NoError(t, json.Compact(&compact, want.Records[0]))
	require.Equal(t, compact.String(), string(got.Records[0]), "byte for byte but for white space")

	n, messages, err := r.World().Totals(sandboxtest.AccountID, sandbox.Window{Basis: sandbox.ByStart, From: ms(day), To: ms(day.Add(24 * time.Hour))})
	require.NoError(t, err)
	require.Equal(t, 1, n)
	require.Equal(t, 4, messages)

	users := do(t, r, "GET", r.URL+usersPath+"?v=4.0&select=id,loginName", "", good)
	require.Equal(t, `[{"id":"987654321","loginName":"unique@gmail.com"}]`, string(users.body))
	late := do(t, r, "POST", r.URL+searchPath+"?source=t", startBody(day.AddDate(0, 0, -1), day, infoOnly), good)
	require.Contains(t, string(late.body), `"count":0`)
}
