package asapp_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/feed/docs"
	"transporter/internal/feed/s3"
	"transporter/internal/feedschema"
	"transporter/internal/sandbox/feeds"
)

// look looks at what the platform says of its feeds, so many days before the scenario's.
func (s *scene) look(book *feedschema.Book, daysAgo int) feedschema.Looked {
	s.t.Helper()
	door, err := s3.New(s.door)
	require.NoError(s.t, err)
	now := noon.Add(-time.Duration(daysAgo) * feeds.Day)
	looked, err := book.Look(s.t.Context(), door, feedschema.Ask{Account: "acme", Source: "s1", Feeds: []string{"convos_metadata", "issue_queues"}, Now: now})
	require.NoError(s.t, err)
	return looked
}

// watches has the source look at what the platform says of its feeds, at that time, and note what it reads.
func (s *scene) watches(at time.Time) {
	s.t.Helper()
	door, err := s3.New(s.door)
	require.NoError(s.t, err)
	s.config.Schema = feedschema.Watch{Book: s.schema, Door: door, Account: "acme", Source: "s1", Now: func() time.Time { return at }}
}

// schemas are what the platform says of its tables.
var schemas = map[string]func(*testing.T, *scene){
	"export_docs.yaml": func(t *testing.T, s *scene) {
		held := func(table string) []feedschema.Hold {
			holds, err := s.schema.Held(t.Context(), "acme", "s1", table, "1")
			require.NoError(t, err)
			return holds
		}
		s.step("as it was")
		require.Empty(t, s.look(s.schema, 4).Changes)
		s.step("a column is added")
		require.Contains(t, docs.Lines(s.look(s.schema, 3).Changes)[0], "convos_metadata.language_code: new column")
		s.step("a column is retired")
		require.Contains(t, docs.Lines(s.look(s.schema, 2).Changes)[0], "convos_metrics.hold_ct")
		require.Empty(t, held("convos_metrics"), "it goes on")
		s.step("a key and a type change")
		s.look(s.schema, 1)
		require.Contains(t, held("issue_queues")[0].Text(), "primary_key")
		require.Contains(t, held("rep_convos")[0].Text(), "handle_time_seconds")
		require.Empty(t, held("convos_metrics"), "no other table is held")
	},
	"broken docs": func(t *testing.T, s *scene) {
		s.step("as it is")
		require.Empty(t, s.look(s.schema, 3).Warnings)
		s.step("no YAML")
		looked := s.look(s.schema, 2)
		require.Len(t, looked.Warnings, 1)
		require.Empty(t, looked.Changes)
		s.look(s.schema, 1)
		s.step("nothing for a day, then as it is")
		looked = s.look(s.schema, 0)
		require.Empty(t, looked.Warnings)
		require.Empty(t, looked.Changes, "yesterday's stayed in force")
	},
}
