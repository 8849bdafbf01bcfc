package e2e

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
	"transporter/internal/httpapi"
	"transporter/internal/sandbox"
	"transporter/internal/task"
)

// fivePages is a window of so many pages of a hundred.
func (c *counts) fivePages(t *testing.T) httpapi.WindowView {
	t.Helper()
	for hours := time.Duration(1); hours < 48; hours++ {
		w := c.before(48*time.Hour, hours*time.Hour)
		if n := len(c.world(t, byStart, w)); n > 400 {
			require.LessOrEqual(t, n, 500)
			return w
		}
	}
	t.Fatal("no window has five pages")
	return httpapi.WindowView{}
}

// While the third page of five is partial no file is delivered, of any name; when it is whole,
// the file is.
func TestK4APartialPageDeliversNothing(t *testing.T) {
	t.Parallel()
	c := newCounts(t, 4)
	byStarts := jobs()[4]
	const countedAndTwoPages = 1 + 2
	c.try(t, byStarts, trouble{
		name: "the third page is partial", want: fault.PartialData,
		fault: sandbox.Fault{Path: searchPath, Kind: sandbox.PartialResult, After: countedAndTwoPages, Forever: true},
	}, c.fivePages(t))
}

// A window without rows obeys the task's policy for files, and history says that it is
// complete.
func TestK11WindowsWithoutRows(t *testing.T) {
	t.Parallel()
	b := start(t, options{}).brand(t)
	w := b.before(24*time.Hour, time.Hour)
	for _, c := range []struct {
		policy string
		files  int // with the manifest
		header string
	}{
		{task.EmptySkip, 0, ""},
		{task.EmptyHeaderOnly, 2, "\"_row_key\",\"conversation_id\"\r\n"},
		{task.EmptyMarker, 1, ""},
	} {
		t.Run(c.policy, func(t *testing.T) {
			s := spec("msg.conversations", "csv", "skill_ids", `["999999999"]`, "column_set", `["conversation_id"]`)
			s.EmptyResult, s.Destinations = c.policy, b.legs("empty/" + c.policy)[:1]
			before := len(b.files(t, b.cloud))
			run := b.run(t, b.task(t, s), w)
			require.Equal(t, "empty", run.Outcome, run.Error)
			require.Zero(t, run.Rows)
			require.Len(t, b.files(t, b.cloud), before+c.files)
			if c.header != "" {
				files := b.data(t, run, b.cloud)
				require.Len(t, files, 1)
				require.Equal(t, c.header, string(files[0].clear(t, receiver(t))))
			}
			out := b.starter(t, "run", "show", run.ID)
			require.Contains(t, out, "0 rows")
			require.Regexp(t, `(?m)^outcome: +empty$`, out, "complete, and nothing was there")
			require.NotContains(t, out, "next: ", "nothing is left to be done")
		})
	}
}
