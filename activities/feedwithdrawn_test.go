package activities_test

import (
	"maps"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/incident"
	"transporter/internal/task"
)

// A partition that was delivered, is there no more and was not the oldest may have been withdrawn, or its rows exported
// under another time: people are told once, until it is there again. One that was the oldest was cleared by age.
func TestPeopleAreToldOfWithdrawnPartitions(t *testing.T) {
	const table = "convos_metrics"
	for _, delivery := range []string{"changes", "leaf", "snapshot"} {
		t.Run(delivery, func(t *testing.T) {
			f := newFeedBench(t, 1)
			w := f.ofHour(f.task(table, delivery, "reference", task.Leg{}, func(s *task.Spec) { s.Description = "Metrics" }), 0)
			w.run.Window.To = hourSpan(8).From
			for hour := range 8 {
				f.exports(table, hour, `{"issue_id":"a"}`)
				f.now = f.now.Add(time.Minute)
			}
			_, err := w.attempt()
			require.NoError(t, err)
			l := &lateCounts{feedBench: f}
			told := func() []incident.Incident {
				require.Empty(t, l.pass(), "nothing was exported anew")
				all, err := f.run.Told.All(t.Context(), "acme")
				require.NoError(t, err)
				return all
			}
			require.Empty(t, told())
			f.removes("hr=00")
			require.Empty(t, told(), "a bucket is cleared")
			whole := maps.Clone(f.bucket.objects)
			f.removes("hr=02")
			f.removes("hr=04")
			first := told()
			require.Len(t, first, 1)
			require.Equal(t, []any{incident.FeedWithdrawn, w.run.Task, "dt=2026-11-19/hr=02; dt=2026-11-19/hr=04"}, []any{first[0].Kind, first[0].Task, first[0].Detail})
			require.Equal(t, "Metrics: a partition that was delivered is there no more, though older ones are", first[0].Title)
			require.Equal(t, first, told(), "once")
			before := maps.Clone(f.bucket.objects)
			f.removes("hr=01") // and hr=03 is younger than hr=02
			f.removes("hr=03")
			require.Equal(t, first, told(), "no older one is there now, and it is not there again either")
			f.bucket.objects = before
			f.bucket.objects = whole
			require.Empty(t, told(), "it is there again")
		})
	}
}
