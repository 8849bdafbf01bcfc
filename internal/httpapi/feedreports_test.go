package httpapi_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A task takes a report on an exported table with a source that has the table behind its door, and
// with parameters that go together.
func testFeedReports(t *testing.T, s *stack, f furnished) {
	bucket := s.make(t, f.at+"/sources", feedSourceWith(bucketFeeds, bucketKeys))
	exporter := s.make(t, f.at+"/sources", feedSourceWith(`{"fileExporter":{}}`, exporterKeys))
	defer func() {
		for _, id := range []string{bucket, exporter} {
			require.Equal(t, 204, s.call(t, "DELETE", f.at+"/sources/"+id, "").status)
		}
	}()
	for name, spec := range map[string]map[string]any{
		"hourly table":          {"source": bucket, "report": "asapp.convos_metrics", "frequency": map[string]any{"kind": "interval", "every": "60m"}},
		"daily table":           {"source": bucket, "report": "asapp.rep_hierarchy", "parameters": map[string]any{"delivery": "snapshot", "dedupe": "repaired"}},
		"table of an exporter":  {"source": exporter, "report": "asapp.fe_utterances", "parameters": map[string]any{"feed_version": "2"}},
		"leaves, with revision": {"source": bucket, "report": "asapp.utterances", "parameters": map[string]any{"delivery": "leaf"}, "revisions": map[string]any{"mode": "full"}},
	} {
		t.Run(name, func(t *testing.T) {
			id := s.make(t, f.at+"/tasks", f.taskBody(t, spec))
			require.Equal(t, 204, s.call(t, "DELETE", f.at+"/tasks/"+id, "").status)
		})
	}
	for name, c := range map[string]struct {
		spec           map[string]any
		location, says string
	}{
		"a source of conversations": {map[string]any{"report": "asapp.convos_metrics"}, "body.source", "reads a source of the kind asapp, this one is of the kind liveperson"},
		"a report of conversations": {map[string]any{"source": bucket}, "body.source", "reads a source of the kind liveperson"},
		"another door":              {map[string]any{"source": bucket, "report": "asapp.fe_utterances"}, "body.source", "the table utterances is behind fileExporter, this source has s3"},
		"the exporter's door":       {map[string]any{"source": exporter, "report": "asapp.utterances"}, "body.source", "the table utterances is behind s3 or sftp, this source has fileExporter"},
		"a daily table hourly":      {map[string]any{"source": bucket, "report": "asapp.rep_hierarchy", "frequency": map[string]any{"kind": "interval", "every": "60m"}}, "body.frequency.kind", "at most daily"},
		"no such delivery":          {map[string]any{"source": bucket, "report": "asapp.reps", "parameters": map[string]any{"delivery": "rows"}}, "body.parameters.delivery", "changes"},
		"no such version":           {map[string]any{"source": bucket, "report": "asapp.reps", "parameters": map[string]any{"feed_version": "v1"}}, "body.parameters.feed_version", "v1"},
		"a mode of lists":           {map[string]any{"source": bucket, "report": "asapp.reps", "parameters": map[string]any{"mode": "changes"}}, "body.parameters.mode", "it takes delivery, dedupe, feed_version"},
		"times of checks": {
			map[string]any{"source": bucket, "report": "asapp.utterances", "revisions": map[string]any{"mode": "full", "checkAfter": []string{"24h"}}},
			"body.revisions.checkAfter", "are looked at every hour",
		},
		"changes of changes": {
			map[string]any{"source": bucket, "report": "asapp.utterances", "revisions": map[string]any{"mode": "changes"}},
			"body.revisions.mode", "delivered as the task delivers everything",
		},
		"a wait that is too short": {map[string]any{"source": bucket, "report": "asapp.utterances", "wait": "10s"}, "body.wait", "1m"},
	} {
		t.Run(name, func(t *testing.T) {
			a := s.call(t, "POST", f.at+"/tasks", f.taskBody(t, c.spec))
			require.Equal(t, 422, a.status, "%s", a.body)
			require.Equal(t, c.location, a.problem(t).Errors[0].Location, "%s", a.body)
			require.Contains(t, string(a.body), c.says)
		})
	}
}
