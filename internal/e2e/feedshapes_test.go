package e2e

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/apiclient"
	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/httpapi"
	"transporter/internal/sandbox/feeds"
)

// feedShapes are the forms that a leaf may have.
var feedShapes = map[string]func(*testing.T, *feedCase){
	"plain hour": func(t *testing.T, c *feedCase) {
		x := c.task(t, "convos_metrics", "changes")
		run := x.waits(t, c.hour(5), "convos_metrics is not exported yet", c.stamp("05")+" is absent: nothing is there")
		c.step(t, "one file")
		x.goesOn(t, run)
		x.isTrue(t)
	},
	"empty hour": func(t *testing.T, c *feedCase) {
		c.all(t)
		x := c.task(t, "convos_metrics", "snapshot")
		for hour := 5; hour < 8; hour++ {
			require.Zero(t, x.delivers(t, c.hour(hour)).Rows)
		}
		x.isTrue(t)
		leaves, err := c.api.Leaves(t.Context(), c.account, c.source, "convos_metrics", "reference", "", "")
		require.NoError(t, err)
		require.Len(t, leaves, 3, "each is in the ledger as done")
	},
	"slow upload": func(t *testing.T, c *feedCase) {
		x := c.task(t, "convos_metrics", "changes")
		c.step(t, "the file")
		run := x.waits(t, c.hour(5), c.stamp("05")+" is in progress: 1 file is there, _SUCCESS is not")
		c.step(t, "_SUCCESS twenty minutes later")
		x.goesOn(t, run)
		x.isTrue(t)
	},
	"split": func(t *testing.T, c *feedCase) {
		x := c.task(t, "convos_metrics", "changes")
		c.step(t, "three splits from 00")
		x.delivers(t, c.hour(5))
		x.isTrue(t)
		c.step(t, "three splits from 01")
		x.delivers(t, c.hour(6))
		x.isTrue(t)
	},
	"deep partition list": func(t *testing.T, c *feedCase) {
		c.all(t)
		x := c.task(t, "utterances", "snapshot")
		require.EqualValues(t, 1005, x.delivers(t, c.hour(5)).Rows)
		x.isTrue(t)
	},
	"encrypted": func(t *testing.T, c *feedCase) {
		c.all(t)
		x := c.task(t, "convos_metadata", "changes")
		red := x.red(t, x.begins(t, c.hours(5, 7)), string(fault.ConfigMissing), c.stamp("05")+" is undecodable", "convos_metadata.jsonl.gz.enc is encrypted, and the source has no key for it")
		c.decrypts(t)
		require.Equal(t, contract.OutcomeDelivered, x.resume(t, red.ID).Outcome)
		x.isTrue(t)
	},
	"version 2": func(t *testing.T, c *feedCase) {
		one, two := c.task(t, "issue_type", "changes"), c.task(t, "issue_type", "changes", "feed_version", "2")
		before, day := c.hourOf(1, 5), c.hour(5)
		c.step(t, c.Steps[0])
		one.delivers(t, before)
		c.all(t)
		c.looks(t, "reps")
		one.delivers(t, day)
		one.isTrue(t)
		require.Contains(t, c.changes(t, "issue_type"), "it is read when a task asks for that version; the other goes on")
		two.delivers(t, before)
		two.delivers(t, day)
		two.isTrue(t)
	},
	"partition shape changes": func(t *testing.T, c *feedCase) {
		c.all(t)
		x := c.task(t, "transfers", "changes")
		x.delivers(t, httpapi.WindowView{From: c.yesterday().Add(-feeds.Day), To: c.yesterday().Add(time.Hour)})
		x.isTrue(t)
	},
	"pairs of the path in another order": func(t *testing.T, c *feedCase) {
		x := c.task(t, "transfers", "changes")
		for hour := 5; hour < 9; hour++ {
			c.step(t, c.Steps[c.Done])
			x.delivers(t, c.hour(hour))
			x.isTrue(t)
		}
		c.step(t, "hour 09, in another order")
		c.step(t, "hour 09, as the contract has it too")
		run := x.waits(t, c.hour(9), c.stamp("09")+" is broken: it lies in two folders")
		c.all(t)
		x.goesOn(t, run)
		x.isTrue(t)
	},
	"feed in the name differs from the folder": func(t *testing.T, c *feedCase) {
		c.all(t)
		x := c.task(t, "reps", "snapshot")
		x.delivers(t, c.day(0))
		x.isTrue(t)
		require.Equal(t, "rep.jsonl", x.has(t)[0].File)
	},
	"dt in the future": func(t *testing.T, c *feedCase) {
		c.all(t)
		x := c.task(t, "issue_entry", "snapshot")
		x.delivers(t, c.hour(5))
		x.isTrue(t)
		future := c.hour(5)
		future.From, future.To = future.From.AddDate(0, 0, 4), future.To.AddDate(0, 0, 4)
		_, err := c.api.RunTask(t.Context(), c.account, x.id, &future, apiclient.Write{})
		require.ErrorContains(t, err, "window")
		list, err := c.api.Feeds(t.Context(), c.account)
		require.NoError(t, err)
		for _, f := range list {
			if f.Source == c.source {
				require.Equal(t, c.stamp("05"), f.Newest, "nobody believes it")
			}
		}
	},
}

// decrypts gives the source the key that files are encrypted to.
func (c *feedCase) decrypts(t *testing.T) {
	t.Helper()
	_, err := c.api.Sources(c.account).Replace(t.Context(), c.source, c.feedSource(c.Folder, opens()), apiclient.Write{})
	require.NoError(t, err)
}
