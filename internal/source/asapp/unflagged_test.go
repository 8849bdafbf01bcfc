package asapp_test

import (
	"context"
	"encoding/json"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
	"transporter/internal/feed"
	"transporter/internal/feed/doortest"
	"transporter/internal/report"
	"transporter/internal/source"
	"transporter/internal/source/asapp"
)

var day = time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)

// refreshed lists one file of a day, and no _SUCCESS; a day is exported three hours after its end.
type refreshed struct {
	feed.Door
	file feed.Object
}

func (r refreshed) List(_ context.Context, prefix string) iter.Seq2[feed.Object, error] {
	return func(yield func(feed.Object, error) bool) {
		if strings.HasPrefix(r.file.Key, prefix) {
			yield(r.file, nil)
		}
	}
}

func (r refreshed) Folders(_ context.Context, folder string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for _, name := range doortest.Below(folder, slices.Values([]string{r.file.Key})) {
			if !yield(name, nil) {
				return
			}
		}
	}
}

func (r refreshed) Refreshed(s feed.Stamp) time.Time { return s.Time().Add(27 * time.Hour) }

func TestALeafOfADoorWithoutFlagsIsReadAfterTheRefresh(t *testing.T) {
	door := refreshed{file: feed.Object{
		Key:  "autosummary_feedback/version=1/format=jsonl/dt=2026-11-20/autosummary_feedback.jsonl",
		Size: 10, Modified: day.Add(26 * time.Hour),
	}}
	query := source.Query{
		Resource: "asapp.fe_autosummary_feedback", From: day.UnixMilli(), To: day.Add(24 * time.Hour).UnixMilli(),
		Params: map[string]json.RawMessage{report.ParamDedupe: []byte(`"reference"`), report.ParamFeedVersion: []byte(`"1"`)},
	}
	for hour, want := range map[int]bool{26: false, 27: true} {
		now := day.Add(time.Duration(hour) * time.Hour)
		s := asapp.New(asapp.Config{Door: door, Kind: feed.DoorFileExporter, Now: func() time.Time { return now }})
		leaves, err := s.Leaves(t.Context(), query)
		if !want {
			require.True(t, fault.Is(err, fault.NotReady), "%v", err)
			require.ErrorContains(t, err, "its export may go on until 2026-11-21T03:00:00Z")
			continue
		}
		require.NoError(t, err)
		require.Len(t, leaves, 1)
	}
}
