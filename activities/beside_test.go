package activities_test

import (
	"encoding/json"
	"fmt"
	"io"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/contract"
	"transporter/internal/manifest"
	"transporter/internal/sandbox/sandboxtest"
	"transporter/internal/task"
)

// besides is what the windows of a task with a second file delivered.
type besides struct {
	*reviser
	segments, units map[string]int // by id, how often it was delivered
}

// TestTheSecondFileOfADelivery delivers windows that follow each other, one of which cuts through an
// hour: every segment and every unit that the platform's world knows is delivered once, the units in
// the window of their segment, and all counts agree from the source to what lies at the destination.
func TestTheSecondFileOfADelivery(t *testing.T) {
	b := besides{newReviser(t), map[string]int{}, map[string]int{}}
	b.params = map[string]json.RawMessage{}
	b.task("two", "raw.handle_time", "jsonl", task.Revisions{Mode: task.RevisionsFull})
	cut := day.From + (11*time.Hour + 25*time.Minute).Milliseconds()
	segments, units := map[string]int{}, map[string]int{}
	for _, w := range []contract.Span{{From: day.From, To: cut}, {From: cut, To: day.To}} {
		b.window, b.now = w, settled
		outcome, _ := b.deliver("two", contract.RunInput{})
		require.Equal(t, contract.OutcomeDelivered, outcome)
		b.readWindow(t)
		known, err := b.platform.World().AgentSegments(sandboxtest.AccountID, w.From, w.To)
		require.NoError(t, err)
		for _, s := range known {
			segments[s.ID] = 1
			for i := range s.Units {
				units[fmt.Sprintf("%s:%d", s.ID, i+1)] = 1
			}
		}
		require.Equal(t, segments, b.segments)
		require.Equal(t, units, b.units)
	}
	require.Greater(t, len(units), len(segments))

	outcome, _ := b.deliver("two", checked(b.reviser, time.Hour))
	require.Equal(t, contract.OutcomeUnchanged, outcome, "rows of both files are compared")
}

// Without the second file the report is what it was.
func TestTheSecondFileIsLeftOut(t *testing.T) {
	b := besides{newReviser(t), map[string]int{}, map[string]int{}}
	b.params = map[string]json.RawMessage{"breakdown": json.RawMessage("false")}
	b.task("one", "raw.handle_time", "jsonl", task.Revisions{})
	outcome, out := b.deliver("one", contract.RunInput{})
	require.Equal(t, []any{contract.OutcomeDelivered, 1}, []any{outcome, out.Parts})
}

// readWindow adds what lies at the destination of the window, file by file as the manifest says.
func (b besides) readWindow(t *testing.T) {
	const form = "20060102T150405Z"
	name := fmt.Sprintf("raw.handle_time_%s_%s", time.UnixMilli(b.window.From).UTC().Format(form), time.UnixMilli(b.window.To).UTC().Format(form))
	m, err := manifest.Read(b.file(t, name+".manifest.json"), b.public)
	require.NoError(t, err)
	require.Len(t, m.Files, 2)
	require.Equal(t, []string{name + ".jsonl", name + ".breakdown.jsonl"}, []string{m.Files[0].Name, m.Files[1].Name})
	require.Equal(t, []string{"", "breakdown"}, []string{m.Files[0].Of, m.Files[1].Of})
	lines := int64(0)
	for _, f := range m.Files {
		text := strings.TrimSuffix(string(b.file(t, f.Name)), "\n")
		rows := strings.Split(text, "\n")
		require.EqualValues(t, f.Rows, len(rows))
		lines += f.Rows
		for _, row := range rows {
			var x struct {
				SegmentID string
				Sequence  int
			}
			require.NoError(t, json.Unmarshal([]byte(row), &x))
			if f.Of == "" {
				b.segments[x.SegmentID]++
				continue
			}
			b.units[fmt.Sprintf("%s:%d", x.SegmentID, x.Sequence)]++
			require.Contains(t, b.segments, x.SegmentID, "a unit is delivered with its segment")
		}
	}
	require.Equal(t, m.Rows, lines)
	d := contract.Delivery{Account: "acme", Task: "two", Generation: 1, Span: b.window, Leg: m.Leg}
	proof, err := b.run.Book.Receipt(t.Context(), d)
	require.NoError(t, err)
	require.NotNil(t, proof)
	c := proof.Counts
	require.Equal(t, c.SourceTotal, c.Fetched)
	require.GreaterOrEqual(t, c.Fetched, c.Kept)
	require.Equal(t, []int64{lines, lines, lines}, []int64{c.Kept, c.Entries, c.Rows})
}

// file is a file at the destination.
func (b besides) file(t *testing.T, name string) []byte {
	t.Helper()
	var names []string
	for info, err := range b.store.List(t.Context(), "cloud/acme/shelf/files/two/") {
		require.NoError(t, err)
		if names = append(names, path.Base(info.Key)); path.Base(info.Key) != name {
			continue
		}
		f, err := b.store.Open(t.Context(), info.Key, 0)
		require.NoError(t, err)
		defer f.Close()
		text, err := io.ReadAll(f)
		require.NoError(t, err)
		return text
	}
	require.Fail(t, "it is not there", "%s of %v", name, names)
	return nil
}
