package activities_test

import (
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/contract"
	"transporter/internal/sandbox"
	"transporter/internal/task"
)

// K6, from the source on: a window that is read and delivered twice, the second time with rows that come twice,
// answers that break off and errors in between, makes the same files, byte for byte.
func TestK6AWindowReadTwiceMakesTheSameFiles(t *testing.T) {
	r := newReviser(t)
	r.params = nil // _extracted_at of two readings is not the same
	for _, c := range []struct{ report, format string }{
		{"msg.messages", "csv"},
		{"msg.messages", "parquet"},
		{"msg.conversations", "xlsx"},
		{"chat.lines", "json"},
		{"raw.messaging_interactions", "jsonl"},
		{"wfm.skill_interval", "xml"},
	} {
		t.Run(c.report+" as "+c.format, func(t *testing.T) {
			r.t = t
			name := strings.ReplaceAll(c.report, ".", "-") + "-" + c.format
			require.NoError(t, r.platform.SetFaults())
			first := r.filesOf(name+"-1", c.report, c.format)
			require.NoError(t, r.platform.SetFaults(
				sandbox.Fault{Path: "/messaging_history/", Kind: sandbox.DuplicateRows, Every: 3, Rows: 2},
				sandbox.Fault{Path: "/", Kind: sandbox.CutBody, Every: 5}, sandbox.Fault{Path: "/", Kind: sandbox.ServerError, Every: 7},
			))
			require.NotEmpty(t, first)
			require.Equal(t, first, r.filesOf(name+"-2", c.report, c.format))
			hits := 0
			for _, f := range r.platform.Faults() {
				hits += f.Hits
			}
			require.Positive(t, hits, "calls that went wrong")
		})
	}
}

// filesOf delivers the window by a task of its own, and returns what its files hold, by name; manifests left out.
func (r *reviser) filesOf(id, report, format string) map[string]string {
	r.t.Helper()
	r.task(id, report, format, task.Revisions{})
	outcome, _ := r.deliver(id, contract.RunInput{})
	require.Equal(r.t, contract.OutcomeDelivered, outcome)
	files, prefix := map[string]string{}, "cloud/acme/shelf/files/"+id+"/"
	for info, err := range r.store.List(r.t.Context(), prefix) {
		require.NoError(r.t, err)
		if strings.HasSuffix(info.Key, ".manifest.json") {
			continue
		}
		f, err := r.store.Open(r.t.Context(), info.Key, 0)
		require.NoError(r.t, err)
		text, err := io.ReadAll(f)
		require.NoError(r.t, err)
		require.NoError(r.t, f.Close())
		files[strings.TrimPrefix(info.Key, prefix)] = string(text)
	}
	return files
}
