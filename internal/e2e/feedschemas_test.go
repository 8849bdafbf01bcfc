package e2e

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/contract"
)

// feedSchemas are what the platform says of its tables.
var feedSchemas = map[string]func(*testing.T, *feedCase){
	"new column at 14:00": func(t *testing.T, c *feedCase) {
		x := c.task(t, "convos_metadata", "changes")
		c.step(t, "described without it")
		c.step(t, "hour 13")
		x.delivers(t, c.hour(13))
		c.step(t, "hour 14")
		x.delivers(t, c.hour(14))
		c.step(t, "described with it")
		c.looks(t, "reps")
		require.Contains(t, c.changes(t, "convos_metadata"), "language_code: new column")
		x.isTrue(t)
		require.Nil(t, x.member(t, "issue_id", "1", "language_code"), "not filled in from later rows")
		require.Equal(t, "English", x.member(t, "issue_id", "2", "language_code"))
	},
	"export_docs.yaml": func(t *testing.T, c *feedCase) {
		c.step(t, "as it was")
		c.looks(t, "convos_metadata")
		c.step(t, "a column is added")
		c.looks(t, "reps")
		require.Contains(t, c.changes(t, "convos_metadata"), "convos_metadata.language_code: new column")
		c.step(t, "a column is retired")
		c.looks(t, "intents")
		require.Contains(t, c.changes(t, "convos_metrics"), "convos_metrics.hold_ct")
		c.step(t, "a key and a type change")
		c.looks(t, "transfers")
		for table, lines := range map[string]string{
			"convos_metrics": `{"issue_id":1}`,                                                                                          // a column is retired: it goes on
			"issue_queues":   `{"issue_id":1,"queue_id":2,"enter_queue_ts":"2026-11-19T05:10:00"}`,                                      // its key is another
			"rep_convos":     `{"issue_id":1,"rep_id":2,"issue_assigned_ts":"2026-11-19T05:10:00","instance_ts":"2026-11-19T05:15:00"}`, // a type is
		} {
			folder := c.Folder + "/" + table + "/version=1/format=jsonl/" + c.stamp("05") + "/"
			c.put(t, feedBucket, folder+table+".jsonl", lines)
			c.put(t, feedBucket, folder+"_SUCCESS", "")
		}
		c.task(t, "convos_metrics", "changes").delivers(t, c.hour(5))
		key, kind := c.task(t, "issue_queues", "changes"), c.task(t, "rep_convos", "changes")
		waiting := key.waits(t, c.hour(5), "feed issue_queues is held since", "primary_key", "starter feed release "+c.source+" issue_queues")
		other := kind.waits(t, c.hour(5), "feed rep_convos is held since", "handle_time_seconds")
		require.Empty(t, key.sets(t))
		c.release(t, "issue_queues", "1")
		key.goesOn(t, waiting)
		require.Len(t, key.has(t), 1)
		require.Equal(t, "running", c.look(t, other).Status, "one release frees one feed")
		c.release(t, "rep_convos", "1")
		kind.goesOn(t, other)
	},
	"primary key changes": func(t *testing.T, c *feedCase) {
		c.step(t, "described as it is")
		c.looks(t, "convos_metadata")
		c.step(t, "hour 05")
		changes, snapshot := c.task(t, "issue_queues", "changes"), c.task(t, "issue_queues", "snapshot")
		leaf, run := c.due(t, "issue_queues", "leaf", c.hour(5))
		leaf.ends(t, run)
		changes.delivers(t, c.hour(5))
		snapshot.delivers(t, c.hour(5))
		for i, change := range []struct {
			described, exported, look string
			hour                      int
			key                       []string
		}{
			{"a column less in the key", "hour 06", "reps", 6, []string{"issue_id", "queue_id"}},
			{"a column more in the key", "hour 07", "intents", 7, []string{"issue_id", "queue_id", "enter_queue_ts", "rep_id"}},
		} {
			c.step(t, change.described)
			c.looks(t, change.look)
			c.step(t, change.exported)
			waiting := changes.waits(t, c.hour(change.hour), "feed issue_queues is held since", strings.Join(change.key, ", "))
			c.release(t, "issue_queues", "1")
			changes.goesOn(t, waiting)
			snapshot.delivers(t, c.hour(change.hour))
			require.Equal(t, contract.OutcomeDelivered, leaf.revises(t, c.hour(5)).Outcome, "its rows are told apart anew")
			require.Equal(t, contract.OutcomeUnchanged, leaf.revises(t, c.hour(5)).Outcome)
			for _, x := range []feedTask{changes, snapshot, leaf} {
				if x.key = change.key; x.delivery == "leaf" {
					x.isTrue(t, c.hour(5))
				} else {
					x.isTrue(t)
				}
				for _, r := range x.has(t) {
					var key []any
					require.NoError(t, json.Unmarshal([]byte(r.Key), &key))
					if x.delivery == "leaf" {
						key = key[1:] // behind its leaf
					}
					require.Len(t, key, len(change.key))
				}
				require.Len(t, x.sets(t), i+2)
			}
			schema, err := c.api.FeedSchema(t.Context(), c.account, c.source, "issue_queues", "1")
			require.NoError(t, err)
			require.Equal(t, change.key, schema.Key)
			leaves, err := c.api.Leaves(t.Context(), c.account, c.source, "issue_queues", "reference", "", "")
			require.NoError(t, err)
			require.Len(t, leaves, i+2, "each is read anew")
		}
	},
	"ordering key changes": func(t *testing.T, c *feedCase) {
		const table = "convos_metadata"
		c.step(t, "described as it is")
		c.looks(t, "issue_queues")
		c.step(t, "hour 05")
		changes, snapshot := c.task(t, table, "changes"), c.task(t, table, "snapshot")
		leaf, run := c.due(t, table, "leaf", c.hour(5))
		leaf.ends(t, run)
		changes.delivers(t, c.hour(5))
		snapshot.delivers(t, c.hour(5))
		for i, change := range []struct {
			described, exported, look string
			hour                      int
			order                     []string
		}{
			{"ordered by another time", "hour 06", "reps", 6, []string{"conversation_end_ts"}},
			{"ordered by none", "hour 07", "intents", 7, nil},
		} {
			c.step(t, change.described)
			c.looks(t, change.look)
			c.step(t, change.exported)
			waiting := changes.waits(t, c.hour(change.hour), "feed convos_metadata is held since", "ordering_key")
			c.release(t, table, "1")
			changes.goesOn(t, waiting)
			snapshot.delivers(t, c.hour(change.hour))
			require.Equal(t, contract.OutcomeDelivered, leaf.revises(t, c.hour(5)).Outcome, "its rows are ranked anew")
			for _, x := range []feedTask{changes, snapshot, leaf} {
				if x.order = change.order; x.delivery == "leaf" {
					x.isTrue(t, c.hour(5))
				} else {
					x.isTrue(t)
				}
				require.Len(t, x.sets(t), i+2)
			}
			schema, err := c.api.FeedSchema(t.Context(), c.account, c.source, table, "1")
			require.NoError(t, err)
			require.Equal(t, change.order, schema.Order)
			require.Empty(t, schema.Key)
		}
	},
	"broken docs": func(t *testing.T, c *feedCase) {
		c.step(t, "as it is")
		c.looks(t, "convos_metadata")
		c.step(t, "no YAML")
		c.looks(t, "reps")
		schema, err := c.api.FeedSchema(t.Context(), c.account, c.source, "convos_metadata", "1")
		require.NoError(t, err)
		require.Len(t, schema.Warnings, 1)
		require.NotNil(t, schema.Table, "yesterday's stays in force")
		folder := c.Folder + "/sms_events/version=1/format=jsonl/" + c.stamp("05") + "/"
		c.put(t, feedBucket, folder+"sms_events.jsonl", `{"sms_flow_id":"a"}`)
		c.put(t, feedBucket, folder+"_SUCCESS", "")
		c.task(t, "sms_events", "changes").delivers(t, c.hour(5))
		c.step(t, "nothing for a day, then as it is")
		c.looks(t, "intents")
		schema, err = c.api.FeedSchema(t.Context(), c.account, c.source, "convos_metadata", "1")
		require.NoError(t, err)
		require.Empty(t, schema.Warnings)
		require.Empty(t, schema.Changes)
	},
}

// looks has the source look at what the platform says of its feeds: within the hour it does so again
// for a table that no task has read yet.
func (c *feedCase) looks(t *testing.T, table string) {
	t.Helper()
	c.task(t, table, "leaf").waits(t, c.day(0), table+" is not exported yet")
}

// changes are those of a feed, as they are shown.
func (c *feedCase) changes(t *testing.T, table string) (text string) {
	t.Helper()
	schema, err := c.api.FeedSchema(t.Context(), c.account, c.source, table, "1")
	require.NoError(t, err)
	for _, change := range schema.Changes {
		text += change.Text + "\n"
	}
	return text
}

// release lets pass what holds a feed, as an operator does.
func (c *feedCase) release(t *testing.T, table, version string) {
	t.Helper()
	schema, err := c.api.FeedSchema(t.Context(), c.account, c.source, table, version)
	require.NoError(t, err)
	require.Equal(t, "held", schema.State)
	last := schema.Holds[len(schema.Holds)-1]
	c.starter(t, "feed", "release", c.source, table, last.ID, "--version", version, "--reason", "the key is as good")
}
