package e2e

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/apiclient"
	"transporter/internal/httpapi"
	"transporter/internal/pgp"
)

// publishedSamples are example answers of the platform's documentation, beside this
// project and not part of it.
const publishedSamples = "../../../shared/samples/liveperson/data"

// inTheirTime is a moment at which the published conversation, begun on 29 August 2016,
// is three days old: late enough to be whole, early enough to be kept.
const inTheirTime = "2016-09-01T12:00:00Z"

const (
	publishedConversation = "e5c58e49-e4a5-40a8-8a18-d6580d1d5630"
	publishedConsumer     = "f92c9890-2c95-428b-8a32-083528620d31"
)

// records is a brand that reads the published samples, in their time.
func records(t *testing.T) *brand {
	t.Helper()
	if _, err := os.Stat(publishedSamples); err != nil {
		t.Skipf("no published samples: %v", err)
	}
	t.Setenv("TRANSPORTER_NOW", inTheirTime)
	now, err := time.Parse(time.RFC3339, inTheirTime)
	require.NoError(t, err)
	s := start(t, options{records: publishedSamples, now: now})
	a, err := s.api.Accounts().Create(t.Context(), httpapi.Account{Description: "Published samples", Zone: "UTC"}, apiclient.Write{})
	require.NoError(t, err)
	b := &brand{stack: s, account: a.ID}
	source, err := s.api.Sources(b.account).Create(t.Context(), b.sourceBody(t), apiclient.Write{})
	require.NoError(t, err)
	b.source = source.ID
	b.cloud = b.destination(t, httpapi.Destination{Kind: "store", Description: "Cloud store"})
	b.partner = b.destination(t, b.sftpBody())
	return b
}

// The main job over the published samples. The values were read off the files by hand and
// worked out from the catalog's rules; none was taken from a run.
func TestPublishedSamples(t *testing.T) {
	b := records(t)
	pair, err := pgp.GenerateKey(pgp.Options{
		Name: "Receiver", Passphrase: passphrase, Algorithm: "ed25519", Now: b.now.Add(-time.Hour),
	})
	require.NoError(t, err)
	b.key = b.addKey(t, pair)
	for report, c := range map[string]struct {
		key    string // column by which rows are told apart
		params map[string]json.RawMessage
		rows   map[string]map[string]any
		hidden string // what must be in no file
	}{
		"msg.messages":      {key: "seq", params: withStatuses(), rows: publishedMessages},
		"msg.conversations": {key: "conversation_id", params: byStartTime, rows: publishedConversations},
		"cfg.users":         {key: "user_id", rows: publishedUsers, hidden: "pppppp"}, // a password's hash
		"cfg.skills":        {key: "skill_id", rows: publishedSkills},
	} {
		for _, format := range []string{"csv", "jsonl"} {
			t.Run(report+" as "+format, func(t *testing.T) {
				t.Parallel()
				run := b.end(t, b.onceBeforeNow(t, report, format, c.params))
				require.Equal(t, "delivered", run.Outcome, run.Error)
				for _, leg := range []string{b.cloud, b.partner} {
					files := b.data(t, run, leg)
					require.Len(t, files, 1)
					clear := files[0].clear(t, pair)
					rows := parseRows(t, format, clear)
					require.Len(t, rows, len(c.rows), "rows")
					if c.hidden != "" {
						require.NotContains(t, string(clear), c.hidden)
					}
					for _, row := range rows {
						want := c.rows[row[c.key].text]
						require.NotNil(t, want, "a row that nobody expects: %v", row)
						requireCells(t, want, row)
					}
				}
			})
		}
	}
}

// byStartTime selects by the conversations' start; the sample is open and has no end.
var byStartTime = map[string]json.RawMessage{"time_basis": json.RawMessage(`"start"`)}

// withStatuses adds the one part of a record that msg.messages does not read unless asked,
// because it is large: who received and read each message.
func withStatuses() map[string]json.RawMessage {
	return map[string]json.RawMessage{
		"time_basis": byStartTime["time_basis"],
		"content": json.RawMessage(`["messageRecords", "agentParticipants", "consumerParticipants", "transfers",
			"skillChanges", "dialogs", "messageScores", "intents", "messageStatuses"]`),
	}
}

// onceBeforeNow creates a once task over the hours of the published conversation, which
// are over, so that its run starts at once, and returns that run.
func (b *brand) onceBeforeNow(t *testing.T, report, format string, params map[string]json.RawMessage) string {
	t.Helper()
	s := spec(report, format)
	from := time.Date(2016, time.August, 29, 14, 0, 0, 0, time.UTC)
	to := from.Add(time.Hour)
	if strings.HasPrefix(report, "cfg.") {
		s.Parameters = nil
	}
	for name, value := range params {
		s.Parameters[name] = value
	}
	s.Zone, s.Start, s.End = "UTC", &from, &to
	id := b.task(t, s)
	var runs []httpapi.RunView
	eventually(t, "the once task's run starts", func() bool {
		var err error
		runs, err = b.api.Runs(t.Context(), b.account, apiclient.RunFilter{Task: id})
		require.NoError(t, err)
		return len(runs) > 0
	})
	return runs[0].ID
}

// value is one cell as a receiver reads it.
type value struct {
	text string
	null bool
}

// parseRows reads a delivered file's rows by column. A CSV null is an empty field that has
// no quotes, an empty list one that has; CSV readers tell both as "".
func parseRows(t *testing.T, format string, content []byte) []map[string]value {
	t.Helper()
	var rows []map[string]value
	if format == "csv" {
		all, err := csv.NewReader(bytes.NewReader(content)).ReadAll()
		require.NoError(t, err)
		require.NotEmpty(t, all)
		for _, fields := range all[1:] {
			row := map[string]value{}
			for i, name := range all[0] {
				row[name] = value{text: fields[i], null: fields[i] == ""}
			}
			rows = append(rows, row)
		}
		return rows
	}
	in := bufio.NewScanner(bytes.NewReader(content))
	for in.Scan() {
		var fields map[string]json.RawMessage
		require.NoError(t, json.Unmarshal(in.Bytes(), &fields))
		row := map[string]value{}
		for name, raw := range fields {
			row[name] = jsonValue(t, raw)
		}
		rows = append(rows, row)
	}
	require.NoError(t, in.Err())
	return rows
}

// jsonValue writes a JSON value as CSV would: texts without quotes, lists joined with |.
func jsonValue(t *testing.T, raw json.RawMessage) value {
	t.Helper()
	var text string
	var list []string
	switch {
	case string(raw) == "null":
		return value{null: true}
	case json.Unmarshal(raw, &text) == nil:
		return value{text: text}
	case json.Unmarshal(raw, &list) == nil:
		return value{text: strings.Join(list, "|"), null: len(list) == 0}
	}
	return value{text: string(raw)}
}

// requireCells compares the cells that want names; nil is null. A JSON cell is compared by
// its content, whatever the order and spacing.
func requireCells(t *testing.T, want map[string]any, got map[string]value) {
	t.Helper()
	require.GreaterOrEqual(t, len(want), 15, "too few values to prove anything")
	for _, column := range slices.Sorted(keysOf(want)) {
		cell, ok := got[column]
		require.True(t, ok, "no column %s", column)
		switch w := want[column].(type) {
		case nil:
			require.True(t, cell.null, "%s is %q, not null", column, cell.text)
		case jsonText:
			require.JSONEq(t, string(w), cell.text, column)
		case string:
			require.False(t, cell.null, "%s is null, not %q", column, w)
			require.Equal(t, w, cell.text, column)
		default:
			t.Fatalf("%s: %T is no expectation", column, w)
		}
	}
}

func keysOf[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// jsonText is a cell that holds JSON.
type jsonText string
