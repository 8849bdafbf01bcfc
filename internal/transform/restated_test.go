package transform

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/realtest"
)

// lines writes records as a JSON Lines file and returns its path.
func lines(t testing.TB, records [][]byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "records.jsonl")
	require.NoError(t, os.WriteFile(path, append(bytes.Join(records, []byte("\n")), '\n'), 0o600))
	return path
}

// restated returns what the Python restatement of the rules makes of the same records.
func restated(t testing.TB, script string, records, skills [][]byte) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "out.csv")
	cmd := exec.Command(realtest.Program(t, "python3", "python3"), filepath.Join("testdata", script), lines(t, records), out, lines(t, skills))
	msg, err := cmd.CombinedOutput()
	require.NoError(t, err, string(msg))
	b, err := os.ReadFile(out)
	require.NoError(t, err)
	return string(b)
}

var accountSkills = [][]byte{[]byte(`{"id":1,"name":"one, the first"}`), []byte(`{"id":"6","name":"six"}`), []byte(`{"id":8,"name":"eight"}`)}

const variedRecords = 300

func TestMessagesEqualTheirRestatement(t *testing.T) {
	for _, seed := range []uint64{1, 2} {
		records := newVaried(seed).records(t, variedRecords)
		in := memory{}.with(t, "messaging_interactions", records...).with(t, "skills", accountSkills...)
		out, res := render(t, newJob(t, "msg.messages", FormatCSV, nil), in)
		require.Empty(t, res.Quarantined)
		require.Greater(t, res.Rows, int64(variedRecords))
		requireSameLines(t, restated(t, "rival.py", records, accountSkills), out.bodies[0])
	}
}

// TestConversationsEqualTheirRestatement compares every column that has a formula, and
// those paths whose rules are not plain; the restatement's header says which.
func TestConversationsEqualTheirRestatement(t *testing.T) {
	for _, seed := range []uint64{4, 5} {
		records := newVaried(seed).records(t, variedRecords)
		in := memory{}.with(t, "messaging_interactions", records...).with(t, "skills", accountSkills...)
		requireConversations(t, records, accountSkills, in)
	}
}

// requireConversations compares the columns that the restatement has.
func requireConversations(t *testing.T, records, skills [][]byte, in memory) {
	t.Helper()
	want := restated(t, "conversations.py", records, skills)
	header, _, _ := strings.Cut(want, "\r\n")
	columns := strings.Split(header, ",")[1:] // without _row_key
	require.Greater(t, len(columns), 70)
	out, res := render(t, newJob(t, "msg.conversations", FormatCSV, map[string]any{"column_set": columns}), in)
	require.Empty(t, res.Quarantined)
	require.EqualValues(t, len(records), res.Rows)
	requireSameLines(t, want, out.bodies[0])
}

// requireSameLines names the first line that differs instead of printing both files.
func requireSameLines(t testing.TB, want, got string) {
	t.Helper()
	if want == got {
		return
	}
	w, g := bytes.SplitAfter([]byte(want), []byte("\r\n")), bytes.SplitAfter([]byte(got), []byte("\r\n"))
	for i := range min(len(w), len(g)) {
		require.Equal(t, string(w[i]), string(g[i]), "line %d", i+1)
	}
	require.Equal(t, len(w), len(g), "lines")
}
