package transform

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/realtest"
)

// rowReports are those that testdata/restate.py restates.
var rowReports = []string{"msg.transfers", "msg.participants", "msg.assignments"}

// restatement returns what testdata/restate.py makes of the same records.
func restatement(t testing.TB, report string, records, skills, users [][]byte) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "out.csv")
	cmd := exec.Command(realtest.Program(t, "python3", "python3"), filepath.Join("testdata", "restate.py"), report,
		lines(t, records), out, lines(t, skills), lines(t, users))
	cmd.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1")
	msg, err := cmd.CombinedOutput()
	require.NoError(t, err, string(msg))
	b, err := os.ReadFile(out)
	require.NoError(t, err)
	return string(b)
}

// requireRestated renders the records, which must be in canonical order, and compares.
func requireRestated(t *testing.T, report string, records, skills, users [][]byte) Result {
	t.Helper()
	in := memory{}.with(t, "messaging_interactions", records...).with(t, "skills", skills...).with(t, "users", users...)
	out, res := render(t, newJob(t, report, FormatCSV, nil), in)
	require.Empty(t, res.Quarantined)
	requireSameLines(t, restatement(t, report, records, skills, users), out.bodies[0])
	return res
}

func TestRowsOfVariedRecordsEqualTheirRestatement(t *testing.T) {
	for _, report := range rowReports {
		t.Run(report, func(t *testing.T) {
			for _, seed := range []uint64{51, 52} {
				res := requireRestated(t, report, wholeRecords(t, seed, variedRecords), accountSkills, accountUsers())
				require.Greater(t, res.Rows, int64(20), "rows to compare")
			}
		})
	}
}

func TestRowsOfTheSandboxEqualTheirRestatement(t *testing.T) {
	records, _ := worldRecords(t, 300)
	records = inOrder(t, records)
	for _, report := range rowReports {
		t.Run(report, func(t *testing.T) {
			res := requireRestated(t, report, records, worldSkills(t), worldUsers(t))
			require.Positive(t, res.Rows, "rows to compare")
		})
	}
}

func TestRowsOfThePublishedSampleEqualTheirRestatement(t *testing.T) {
	records := publishedRecords(t, "msgint-search.response.json", "conversationHistoryRecords")
	for i, r := range records {
		records[i] = compacted(t, r)
	}
	for _, report := range rowReports {
		t.Run(report, func(t *testing.T) {
			res := requireRestated(t, report, records, accountSkills, accountUsers())
			require.Positive(t, res.Rows, "the sample has such rows")
		})
	}
}

// TestRowKeysAreUnique holds for records whose elements repeat, too.
func TestRowKeysAreUnique(t *testing.T) {
	in := memory{}.with(t, "messaging_interactions", wholeRecords(t, 53, variedRecords)...)
	for _, report := range rowReports {
		t.Run(report, func(t *testing.T) {
			out, res := render(t, newJob(t, report, FormatJSONL, nil), in)
			seen := map[string]bool{}
			for _, row := range rowsOf(t, out.bodies[0]) {
				key := row["_row_key"].(string)
				require.False(t, seen[key], key)
				seen[key] = true
			}
			require.Len(t, seen, int(res.Rows))
		})
	}
}
