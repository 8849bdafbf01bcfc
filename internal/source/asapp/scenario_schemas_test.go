package asapp_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/feed"
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
	"primary key changes": func(t *testing.T, s *scene) {
		s.step("described as it is")
		s.look(s.schema, 3)
		s.step("hour 05")
		s.takes(hours("issue_queues", 5, 6))
		s.isTrue("issue_queues")
		for i, step := range []string{"a column less in the key", "hour 06", "a column more in the key", "hour 07"} {
			if s.step(step); i%2 == 0 {
				s.look(s.schema, 2-i/2)
				holds, err := s.schema.Held(t.Context(), "acme", "s1", "issue_queues", "1")
				require.NoError(t, err)
				h, err := s.schema.Release(t.Context(), "acme", "s1", "issue_queues", "1", holds[0].ID, feedschema.Release{Reason: "ops", At: noon})
				require.NoError(t, err)
				s.key = h.Released.Key
				continue
			}
			delete(s.states, "issue_queues") // of another key
			got := s.takes(hours("issue_queues", 5, 7+i/2))
			require.Equal(t, got.leaves, got.files, "each is read again")
			s.isTrue("issue_queues")
			require.Len(t, s.rows("issue_queues"), []int{1: 4, 3: 9}[i])
		}
		require.Contains(t, s.rows("issue_queues"), `["1","a","2026-11-19T06:10:00Z",null]`)
	},
	"ordering key changes": func(t *testing.T, s *scene) {
		s.step("described as it is")
		s.look(s.schema, 3)
		s.step("hour 05")
		s.takes(hours("convos_metadata", 5, 6))
		s.isTrue("convos_metadata")
		for i, step := range []string{"ordered by another time", "hour 06", "ordered by none", "hour 07"} {
			if s.step(step); i%2 == 0 {
				s.look(s.schema, 2-i/2)
				holds, err := s.schema.Held(t.Context(), "acme", "s1", "convos_metadata", "1")
				require.NoError(t, err)
				_, err = s.schema.Release(t.Context(), "acme", "s1", "convos_metadata", "1", holds[0].ID, feedschema.Release{Reason: "ops", At: noon})
				require.NoError(t, err)
				s.key, err = s.schema.Key(t.Context(), "acme", "s1", "convos_metadata", "1")
				require.NoError(t, err)
				require.Equal(t, []feed.Key{0: ">conversation_end_ts", 2: ""}[i], s.key)
				continue
			}
			delete(s.states, "convos_metadata") // of another order
			s.takes(hours("convos_metadata", 5, 7+i/2))
			s.isTrue("convos_metadata")
		}
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
