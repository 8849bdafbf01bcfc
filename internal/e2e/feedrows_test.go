package e2e

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/source"
)

// feedRowCases are what rows say, and which of several counts.
var feedRowCases = map[string]func(*testing.T, *feedCase){
	"growing conversation": func(t *testing.T, c *feedCase) {
		x := c.task(t, "convos_metrics", "changes")
		for i := range 3 {
			c.step(t, c.Steps[i])
			require.EqualValues(t, 2, x.delivers(t, c.hour(5+i)).Rows, "its state so far, and the conversation that is new")
			require.EqualValues(t, 3*(i+1), x.member(t, "issue_id", "21352352", "customer_sent_msgs"))
			x.isTrue(t)
		}
	},
	"restated window": func(t *testing.T, c *feedCase) {
		c.all(t)
		for _, dedupe := range []string{"reference", "repaired"} {
			x := c.task(t, "rep_activity", "changes", "dedupe", dedupe)
			x.delivers(t, c.hour(5))
			x.delivers(t, c.hour(6))
			x.isTrue(t)
		}
	},
	"open status": func(t *testing.T, c *feedCase) {
		x := c.task(t, "admin_activity", "changes")
		c.step(t, "ONLINE is open")
		x.delivers(t, c.hour(5))
		require.Nil(t, x.member(t, "status_description", "ONLINE", "status_end_ts"))
		c.step(t, "ONLINE is closed, OFFLINE is open")
		x.delivers(t, c.hour(6))
		require.NotNil(t, x.member(t, "status_description", "ONLINE", "status_end_ts"))
		x.isTrue(t)
	},
	"null keys": func(t *testing.T, c *feedCase) {
		c.all(t)
		for _, table := range c.Feeds {
			for _, dedupe := range []string{"reference", "repaired"} {
				x := c.task(t, table, "changes", "dedupe", dedupe)
				x.delivers(t, c.day(0))
				x.isTrue(t)
			}
		}
	},
	"type drift": func(t *testing.T, c *feedCase) {
		c.all(t)
		x := c.task(t, "convos_metadata", "changes")
		x.delivers(t, c.hour(5))
		x.delivers(t, c.hour(6))
		x.isTrue(t)
		require.EqualValues(t, 400.5, x.member(t, "issue_id", "9007199254740993", "csat_rating"))
	},
	"day edge": func(t *testing.T, c *feedCase) {
		c.all(t)
		x := c.task(t, "convos_intents", "changes")
		x.delivers(t, c.hourOf(1, 23))
		x.delivers(t, c.hour(0))
		x.isTrue(t)
	},
	"snapshot with a row gone": func(t *testing.T, c *feedCase) {
		c.all(t)
		for _, delivery := range []string{"changes", "snapshot"} {
			queues, intents := c.task(t, "dim_queues", delivery), c.task(t, "intents", delivery)
			queues.delivers(t, c.hour(5))
			require.Len(t, queues.has(t), 3)
			queues.delivers(t, c.hour(6))
			queues.isTrue(t)
			intents.delivers(t, c.day(1))
			intents.delivers(t, c.day(0))
			intents.isTrue(t)
		}
	},
	"later run, older logical time": func(t *testing.T, c *feedCase) {
		c.all(t)
		x := c.task(t, "convos_metrics_ended", "changes")
		x.delivers(t, c.hour(5))
		require.Zero(t, x.delivers(t, c.hour(6)).Rows, "the higher logical time stays")
		x.isTrue(t)
	},
	"bad lines": func(t *testing.T, c *feedCase) {
		c.step(t, c.Steps[0])
		x, run := c.due(t, "issue_omnichannel", "changes", c.hour(5))
		red := x.red(t, run, string(fault.Incomplete), "6 of")
		require.Empty(t, x.sets(t), "nothing has left")
		require.Len(t, red.Quarantined, 6)
		accept, first := []string{}, red.Quarantined[0].Record
		for _, q := range red.Quarantined {
			require.True(t, strings.HasPrefix(q.Record, source.BadPrefix+c.stamp("05")+" issue_omnichannel.jsonl line "), q.Record)
			require.NotEmpty(t, q.Reason)
			accept = append(accept, "--record", q.Record)
		}
		require.Contains(t, c.starter(t, "run", "show", red.ID), "starter run accept "+red.ID+" --record '"+first+"'", "as a shell takes it")
		c.starter(t, append([]string{"run", "accept", red.ID}, accept[2:]...)...)
		short := x.red(t, red.ID+".a2", string(fault.Incomplete), first)
		require.Len(t, short.Quarantined, 1, "the one that was not named")
		require.Empty(t, x.sets(t))
		c.starter(t, "run", "accept", short.ID, "--record", first)
		green := x.end(t, red.ID+".a3")
		require.Equal(t, contract.OutcomeDelivered, green.Outcome, green.Error)
		require.EqualValues(t, 6, green.Receipts[0].LeftOut)
		x.isTrue(t)
		require.Len(t, x.has(t), 3)
		resumed, due := c.due(t, "issue_omnichannel", "leaf", c.hour(5))
		due = resumed.red(t, due, string(fault.Incomplete), "6 of").ID
		c.step(t, "the same rows, whole")
		c.starter(t, "run", "resume", due)
		corrected := resumed.end(t, due+".a2")
		require.Equal(t, contract.OutcomeDelivered, corrected.Outcome, corrected.Error)
		require.Zero(t, corrected.Receipts[0].LeftOut, "what was exported anew needs no acceptance")
		resumed.isTrue(t, c.hour(5))
		whole := x.revises(t, c.hour(5))
		require.Equal(t, contract.OutcomeDelivered, whole.Outcome, whole.Error)
		require.Zero(t, whole.Receipts[0].LeftOut)
		x.isTrue(t)
	},
	"counts": func(t *testing.T, c *feedCase) {
		c.all(t)
		x := c.task(t, "issue_session_merge", "leaf")
		right, wrong := c.hourOf(1, 5), c.hour(5)
		right.To, wrong.To = c.hourOf(1, 6).To, c.hour(6).To
		x.delivers(t, right)
		red := x.red(t, x.begins(t, wrong), string(fault.Incomplete), c.stamp("06")+": 40 rows were read, export_row_counts says 41")
		require.Len(t, red.Quarantined, 1)
		c.starter(t, "run", "accept", red.ID, "--record", red.Quarantined[0].Record, "--watch")
		green := x.end(t, red.ID+".a2")
		require.Equal(t, contract.OutcomeDelivered, green.Outcome, green.Error)
		x.isTrue(t, right, wrong)
	},
	"WFM": func(t *testing.T, c *feedCase) {
		c.all(t)
		for _, table := range c.Feeds {
			x := c.task(t, table, "changes")
			require.EqualValues(t, 3, x.delivers(t, c.hour(5)).Rows, "05:15 is missing, and is not made up")
			x.delivers(t, c.hour(6))
			x.isTrue(t)
		}
	},
}
