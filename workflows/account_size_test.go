package workflows_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/task"
)

// fullSpec says everything that a task can say, to three destinations.
func fullSpec() task.Spec {
	s, from := spec(), day
	to, delay, level := from.AddDate(1, 0, 0), task.Duration(90*time.Minute), 2
	s.Description = strings.Repeat("Conversations of the brand ", 4)
	s.Frequency = task.Frequency{Kind: task.Weekly, At: "06:00", Weekday: "wednesday"}
	s.Start, s.End, s.Delay = &from, &to, &delay
	s.Parameters = map[string]json.RawMessage{
		"time_basis": json.RawMessage(`"start"`), "skills": json.RawMessage(`["101","102","103","104","105"]`),
		"statuses": json.RawMessage(`["open","closed"]`), "include_transfers": json.RawMessage(`true`),
	}
	s.Formatting = task.Formatting{ListDelimiter: ";", Delimiter: "|", Quotes: "minimal", Headers: "none", BOM: true, LineEnding: "lf", FormulaGuard: true, Encoding: "iso-8859-15", Durations: "hh:mm:ss", Unencodable: "replace"}
	s.MetadataHeader = task.MetadataHeader{Fields: []string{"recordCount", "endDate", "endTime", "filePart", "totalParts"}}
	s.Parts, s.EmptyResult, s.Expectation, s.Deadline = task.Parts{Entries: 100_000}, "empty_with_marker", task.NeverEmptyOnWeekdays, "07:45"
	s.Notify = &task.Notify{When: task.NotifyAlways, Emails: []string{"operations@example.com", "wfm@example.com", "data-platform@example.com"}}
	leg := task.Leg{
		Destination: "lake", Path: "exports/brand/conversations/weekly", Layout: "flat",
		FileName:   "{report}_{window_start:2006-01-02}_{window_end:2006-01-02}_{part}of{parts}.{ext}",
		Encryption: task.Encryption{Mode: task.EncryptPGP, Keys: []string{"key", "key"}}, Verify: &level,
	}
	s.Destinations = []task.Leg{leg, leg, leg}
	return s
}

// An account holds as many tasks as its limits may say, each saying all it can, and what it
// carries into a new execution stays far below the server's 2 MiB. The sizes are those of
// docs/benchmarks.md: go test ./workflows -run EntitySize -v
func TestEntitySize(t *testing.T) {
	for _, tasks := range []int{account.DefaultTasks, account.MaxLimit} {
		t.Run(fmt.Sprint(tasks), func(t *testing.T) {
			b := newBench(t)
			b.step = time.Second
			state := filled()
			state.Tasks, state.Limits = nil, account.Limits{Tasks: tasks, PerReport: tasks}
			id := func(i int) string { return fmt.Sprintf("01JD0000000000000000000%03d", i) }
			all := make([]*sent, tasks)
			for i := range all {
				all[i] = b.send(contract.UpdatePutTask, contract.PutTaskIn{
					Write: contract.Write{IdemKey: "create-" + id(i)}, ID: id(i), Spec: fullSpec(),
				})
			}
			carried := continued(t, b, state)
			for _, s := range all {
				require.NoError(t, s.err)
			}
			size := len(encoded(t, carried))
			t.Logf("%d tasks of %d bytes: the account is %d bytes, %d with the answers it remembers",
				tasks, len(encoded(t, fullSpec())), len(encoded(t, carried.Snapshot)), size)
			require.Less(t, size, 1<<20)
		})
	}
}

func encoded(t *testing.T, v any) []byte {
	out, err := json.Marshal(v)
	require.NoError(t, err)
	return out
}
