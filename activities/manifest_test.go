package activities_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/contract"
	"transporter/internal/manifest"
	"transporter/internal/task"
)

// read returns what lies at the destination under the name.
func (b *bench) read(name string) []byte {
	b.t.Helper()
	d, err := b.Destination(b.t.Context(), "", b.account().Destinations["shelf"])
	require.NoError(b.t, err)
	session, err := d.Connect(b.t.Context())
	require.NoError(b.t, err)
	defer session.Close()
	f, err := session.Open(b.t.Context(), name)
	require.NoError(b.t, err)
	defer f.Close()
	text, err := io.ReadAll(f)
	require.NoError(b.t, err)
	return text
}

// The manifest beside a delivery is signed, names the window before its own, and is the same
// bytes whenever it is published again.
func TestManifestIsSignedAndNamesTheWindowBefore(t *testing.T) {
	b := newBench(t)
	plan, err := b.plan("w1", 1)
	require.NoError(t, err)
	leg := b.prepare(plan)
	_, err = do[contract.PublishOut](b.run.Publish, leg)
	require.NoError(t, err)
	const name = "cfg.users_20261119T000000Z_20261120T000000Z.manifest.json"
	text := b.read(name)
	m, err := manifest.Read(text, b.public)
	require.NoError(t, err)
	require.Equal(t, "cfg.users@1.0", m.Report)
	require.Equal(t, plan.Legs[0].ID, m.Leg)
	require.Equal(t, day.From, m.From.UnixMilli())
	require.Equal(t, m.From.Add(-24*time.Hour), m.Previous.From)
	require.Equal(t, m.From, m.Previous.To)
	require.Empty(t, m.Files)
	require.False(t, m.SkipsEmpty, "windows without rows have a manifest")

	_, err = do[contract.PublishOut](b.run.Publish, leg)
	require.NoError(t, err)
	require.Equal(t, text, b.read(name))
}

// Where a task has several columns in place of one, the manifest has their names, as the file has.
func TestColumnsOfTheManifestAreThoseOfTheFile(t *testing.T) {
	b := besides{newReviser(t), nil, nil}
	b.params = map[string]json.RawMessage{
		"wide_reasons": json.RawMessage("true"), "system_columns": json.RawMessage(`"key"`),
		"column_set": json.RawMessage(`["agent_id","away_by_reason","login_ms"]`),
	}
	b.task("two", "wfm.agent_interval", "csv", task.Revisions{})
	outcome, _ := b.deliver("two", contract.RunInput{})
	require.Equal(t, contract.OutcomeDelivered, outcome)
	const name = "wfm.agent_interval_20261119T000000Z_20261120T000000Z"
	m, err := manifest.Read(b.file(t, name+".manifest.json"), b.public)
	require.NoError(t, err)
	header, err := csv.NewReader(bytes.NewReader(b.file(t, name+".csv"))).Read()
	require.NoError(t, err)
	require.Equal(t, header, append([]string{"_row_key"}, m.Columns...))
	require.Contains(t, m.Columns, "away_other")
	require.Greater(t, len(m.Columns), 4)
}
