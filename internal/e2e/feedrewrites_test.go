package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/contract"
	"transporter/internal/httpapi"
)

// feedRewrites are what happens to leaves that were exported before.
var feedRewrites = map[string]func(*testing.T, *feedCase){
	"same-partition re-export": func(t *testing.T, c *feedCase) {
		c.step(t, "three splits")
		tasks := map[string]feedTask{}
		for _, delivery := range []string{"changes", "snapshot", "leaf"} {
			x, run := c.due(t, "utterances", delivery, c.hour(5))
			x.ends(t, run)
			x.isTrue(t)
			tasks[delivery] = x
		}
		c.step(t, "two splits, with changed and removed rows; the old third stays")
		for _, x := range tasks {
			require.Equal(t, contract.OutcomeDelivered, x.revises(t, c.hour(5)).Outcome)
			x.isTrue(t)
			require.Len(t, x.sets(t), 2)
			require.Equal(t, contract.OutcomeUnchanged, x.revises(t, c.hour(5)).Outcome)
		}
		leaves, err := c.api.Leaves(t.Context(), c.account, c.source, "utterances", "reference", "", "")
		require.NoError(t, err)
		require.Len(t, leaves, 1)
		require.Equal(t, 2, leaves[0].Generation, "three tasks, each export is read once")
	},
	"leftover high split": func(t *testing.T, c *feedCase) {
		c.all(t)
		x := c.task(t, "utterances", "changes")
		x.delivers(t, c.hour(5))
		x.isTrue(t)
	},
	"late re-export": func(t *testing.T, c *feedCase) {
		x, run := c.due(t, "convos_metrics", "changes", c.hourOf(4, 5))
		c.step(t, c.Steps[0])
		x.goesOn(t, run)
		for day := 3; day >= 0; day-- {
			c.step(t, c.Steps[c.Done])
			x.delivers(t, c.hourOf(day, 5))
		}
		x.isTrue(t)
		c.step(t, "the leaf of 5 days ago again")
		require.Equal(t, contract.OutcomeDelivered, x.revises(t, c.hourOf(4, 5)).Outcome)
		x.isTrue(t)
	},
	"row gone in the re-export": func(t *testing.T, c *feedCase) {
		x, run := c.due(t, "rep_augmentation", "changes", c.hour(6))
		c.step(t, "hour 05")
		x.delivers(t, c.hour(5))
		c.step(t, "hour 06")
		x.goesOn(t, run)
		x.isTrue(t)
		require.Len(t, x.has(t), 3)
		c.step(t, "hour 06 again, without issues 2 and 3")
		require.EqualValues(t, 2, x.revises(t, c.hour(6)).Rows, "one falls back to the hour before, one is gone")
		x.isTrue(t)
		require.Len(t, x.has(t), 2)
	},
	"vanished after import": func(t *testing.T, c *feedCase) {
		c.step(t, "the leaf")
		beside := c.Folder + "/knowledge_base/version=1/format=jsonl/" + c.stamp("06") + "/"
		c.put(t, feedBucket, beside+"knowledge_base.jsonl", `{"issue_id":1,"article_id":"a","event_ts":"2026-11-19T06:10:00"}`)
		c.put(t, feedBucket, beside+"_SUCCESS", "")
		alone, run := c.due(t, "knowledge_base", "changes", c.hour(5))
		alone.ends(t, run)
		both, run := c.due(t, "knowledge_base", "leaf", c.hours(5, 7))
		both.ends(t, run)
		was := len(both.has(t))
		c.step(t, "its objects are gone")
		require.Equal(t, contract.OutcomeUnchanged, alone.revises(t, c.hour(5)).Outcome, "that it is gone is no new export of it")
		alone.isTrue(t)
		require.Len(t, alone.sets(t), 1)
		c.put(t, feedBucket, beside+"knowledge_base.jsonl", `{"issue_id":1,"article_id":"b","event_ts":"2026-11-19T06:10:00"}`)
		c.put(t, feedBucket, beside+"_SUCCESS", "")
		require.Equal(t, contract.OutcomeDelivered, both.revises(t, c.hours(5, 7)).Outcome, "its neighbour is exported anew: nobody waits for what is gone")
		require.Len(t, both.has(t), was)
		require.Equal(t, c.stamp("06"), both.member(t, "article_id", "b", "feed_leaf"))
		// Another task, which nothing was delivered to, cannot have it.
		c.task(t, "knowledge_base", "snapshot").waits(t, c.hour(5), c.stamp("05")+" is absent: nothing is there")
	},
	"object changes during download": func(t *testing.T, c *feedCase) {
		x := c.task(t, "sms_events", "changes")
		c.step(t, "the first export")
		key := c.Folder + "/sms_events/version=1/format=jsonl/" + c.stamp("05") + "/sms_events.jsonl"
		c.door.meanwhile(key, func() { c.step(t, "the second, over the same name") })
		x.delivers(t, c.hour(5))
		x.isTrue(t)
		require.Len(t, x.sets(t), 1, "of what was listed first nothing has left")
	},
	"split plus unsplit file together": func(t *testing.T, c *feedCase) {
		c.step(t, "hour 05, whole")
		x, run := c.due(t, "csid_containment", "changes", c.hour(5))
		x.ends(t, run)
		c.step(t, "hour 05, in splits")
		require.Equal(t, contract.OutcomeDelivered, x.revises(t, c.hour(5)).Outcome, "the newer kind")
		c.step(t, "hour 06, in splits")
		c.step(t, "hour 06, whole")
		x.delivers(t, c.hour(6))
		c.all(t)
		x.waits(t, c.hour(7), c.stamp("07")+" is broken", "lies beside splits, and neither is newer than the other")
		x.isTrue(t)
	},
}

// acceptsMissing has a run that waits go on without what it waits for.
func (x feedTask) acceptsMissing(t *testing.T, run string) httpapi.RunDetail {
	t.Helper()
	waits := x.look(t, run).Quarantined
	require.Len(t, waits, 1)
	name := waits[0].Record
	require.Contains(t, x.starter(t, "run", "show", run), "starter run accept "+run+" --record '"+name+"'")
	_, err := x.api.Accept(t.Context(), x.account, run, httpapi.Acceptance{Records: []string{name + "0"}})
	require.ErrorContains(t, err, "is not in quarantine")
	x.starter(t, "run", "accept", run, "--record", name, "--note", "asked the platform")
	green := x.goesOn(t, run)
	require.Len(t, green.Receipts, 1)
	require.Equal(t, &httpapi.Acceptance{Records: []string{name}, Note: "asked the platform"}, green.Receipts[0].Accepted)
	return green
}

// feedHalves are leaves that are not whole.
var feedHalves = map[string]func(*testing.T, *feedCase){
	"missing _SUCCESS for ever": func(t *testing.T, c *feedCase) {
		c.all(t)
		x := c.task(t, "issue_queues", "changes")
		x.waits(t, c.hour(5), c.stamp("05")+" is in progress: 1 file is there, _SUCCESS is not")
		x.delivers(t, c.hour(6))
		x.isTrue(t)
	},
	"_SUCCESS not empty, or _success, or _SUCCESS.gz": func(t *testing.T, c *feedCase) {
		c.all(t)
		x := c.task(t, "live_agent_opportunities", "changes")
		x.waits(t, c.hour(5), c.stamp("05")+" is in progress: 1 file is there, _SUCCESS is not")
		x.delivers(t, c.hour(6))
		x.isTrue(t)
	},
	"gap in splits": func(t *testing.T, c *feedCase) {
		x := c.task(t, "customer_params_hourly", "changes")
		c.step(t, "_SUCCESS without the second of three")
		run := x.waits(t, c.hour(5), c.stamp("05")+" is broken: split 01 is missing before", "customer_params_hourly.jsonl.02.gz")
		without, due := c.due(t, "customer_params_hourly", "leaf", c.hour(5))
		without.says(t, due, contract.ActivityAwait, "is broken")
		accepted := without.acceptsMissing(t, due)
		c.step(t, "all three")
		x.goesOn(t, run)
		x.isTrue(t)
		late := without.revises(t, c.hour(5))
		require.Equal(t, contract.OutcomeDelivered, late.Outcome, late.Error)
		require.Zero(t, accepted.Rows)
		require.NotZero(t, late.Rows)
		without.isTrue(t, c.hour(5))
	},
	"truncated gzip": func(t *testing.T, c *feedCase) {
		x := c.task(t, "rep_convos", "changes")
		c.step(t, "a file without its end")
		run := x.begins(t, c.hour(5))
		x.says(t, run, contract.ActivityFetch, "rep_convos.jsonl.gz is not whole gzip")
		require.Empty(t, x.sets(t))
		c.step(t, "the whole file")
		x.goesOn(t, run)
		x.isTrue(t)
	},
	".enc and plain twins": func(t *testing.T, c *feedCase) {
		x := c.task(t, "voice_intents", "leaf")
		c.step(t, "the plain file")
		run := x.waits(t, c.hour(5), "in progress")
		c.step(t, "the encrypted one and _SUCCESS")
		c.decrypts(t)
		x.goesOn(t, run)
		x.isTrue(t)
		require.Equal(t, "voice_intents.jsonl.gz.enc", x.has(t)[0].File, "with a key the encrypted one")
	},
}
