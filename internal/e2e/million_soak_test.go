//go:build soak

package e2e

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/apiclient"
	"transporter/internal/contract"
	"transporter/internal/httpapi"
	"transporter/internal/task"
)

const (
	// million is how many conversations a run carries at least; SOAK_CONVERSATIONS says
	// otherwise. They are about 11 GB of JSON.
	million = 1_000_000
	// workbook is how many of a million a workbook holds, all on one sheet.
	workbook = 300_000
	// spanDays is over how many days the sandbox states the size of an account; a run takes
	// millionDays of them. No 30 days have a twentieth less than their share.
	spanDays, millionDays = 396, 30
	// millionLimit bounds a run on a machine with more to do than it can.
	millionLimit = 3 * time.Hour
)

// The worker keeps its bound whatever the report makes of a million conversations: one row
// each, a row for each message, the records themselves, the quarters of an hour that they were
// in, and 300,000 rows in one workbook.
func TestMemoryOfAMillion(t *testing.T) {
	most := million
	if text := os.Getenv("SOAK_CONVERSATIONS"); text != "" {
		var err error
		most, err = strconv.Atoi(text)
		require.NoError(t, err, "SOAK_CONVERSATIONS")
	}
	b := start(t, options{size: most / 19 * 20 * spanDays / millionDays}).brand(t)
	body := b.sourceBody(t)
	body.RateLimits = nil // the defaults are measured
	source, err := b.api.Sources(b.account).Create(t.Context(), body, apiclient.Write{})
	require.NoError(t, err)
	b.source = source.ID
	for _, c := range []struct {
		report, format string
		share          int // of the days, so of the conversations, one in this many
		rows           func(truth) int
	}{
		{"msg.conversations", "xlsx", 3, conversationsOf},
		{"msg.conversations", "csv", 1, conversationsOf},
		{"msg.messages", "csv", 1, messagesOf},
		{"raw.messaging_interactions", "jsonl", 1, conversationsOf},
		{"wfm.skill_interval", "csv", 1, nil},
	} {
		t.Run(c.report+" as "+c.format, func(t *testing.T) {
			require.NoError(t, b.Worker.Stop())
			require.NoError(t, b.StartWorker(t.Context()))
			s := spec(c.report, c.format)
			s.Destinations = b.legs("million")[:1]
			if c.format == "xlsx" {
				s.Parts = task.Parts{Entries: workbook * 2} // all in one
			}
			b.million(t, s, b.endingBefore(1, millionDays/c.share), most/c.share*9/10, c.rows)
		})
	}
}

// million delivers a window with at least so many conversations, checks that every row came,
// and that the worker kept its bound.
func (b *brand) million(t *testing.T, s task.Spec, w httpapi.WindowView, atLeast int, rows func(truth) int) {
	t.Helper()
	began, id := time.Now(), b.task(t, s)
	run := b.await(t, b.begin(t, id, w), millionLimit)
	took := time.Since(began)
	require.Equal(t, contract.OutcomeDelivered, run.Outcome, run.Error)
	peak := peakMemory(t, b.Worker.PID())
	exist := b.world(t, byEnd, w)
	t.Logf("%d conversations, %d rows, %d MiB in %d files, %.0f s: peak %d MiB",
		len(exist), run.Rows, run.Bytes>>20, len(run.Files), took.Seconds(), peak>>10)
	require.GreaterOrEqual(t, len(exist), atLeast)
	if rows == nil { // every skill has as many rows as there are quarters of an hour
		require.Positive(t, run.Rows)
		require.Zero(t, run.Rows%((w.To.UnixMilli()-w.From.UnixMilli())/(15*time.Minute).Milliseconds()))
	} else {
		require.Equal(t, int64(rows(exist)), run.Rows)
	}
	require.LessOrEqual(t, peak, mostMemory)
	// A plan allows three tasks of a report, and the next run needs the room.
	require.NoError(t, b.api.Tasks(b.account).Delete(t.Context(), id, apiclient.Write{}))
	for _, folder := range []string{b.storeDir(), filepath.Join(b.StoreDir(), "artefacts"), filepath.Join(b.StoreDir(), "pages")} {
		require.NoError(t, os.RemoveAll(folder))
	}
}

func conversationsOf(all truth) int { return len(all) }

func messagesOf(all truth) (n int) {
	for _, c := range all {
		n += c.Messages
	}
	return n
}
