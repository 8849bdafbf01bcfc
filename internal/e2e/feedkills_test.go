package e2e

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/apiclient"
	"transporter/internal/contract"
	"transporter/internal/httpapi"
	"transporter/internal/sandbox/feeds"
)

// harvest is how much is read while the worker is killed.
type harvest struct {
	tables  []string
	kills   int // of the worker, in each of two rounds
	windows int // of the day, of tables that are exported more than once in it
}

// TestFeedsSurviveKills is the small one that always runs.
func TestFeedsSurviveKills(t *testing.T) {
	t.Parallel()
	feedsSurviveKills(t, harvest{tables: []string{"convos_metrics", "dim_queues", "rep_hierarchy"}, kills: 1, windows: 2})
}

// feedsSurviveKills delivers a day of each table in each way while the worker is killed; then half of the
// day is exported anew and looked at, while it is killed again. What a reader has of the manifests is
// what the platform has.
func feedsSurviveKills(t *testing.T, h harvest) {
	flags := []string{"--feeds-days", "1"}
	for _, table := range h.tables {
		flags = append(flags, "--feeds-table", table)
	}
	f := startFeeds(t, flags...)
	k := killing{feedStack: f, harvest: h, day: httpapi.WindowView{From: f.yesterday(), To: f.yesterday().Add(feeds.Day)}}
	began := time.Now()
	for _, table := range h.tables {
		own := f.with(t, f.feedSource(""))
		every := feeds.Day / time.Duration(h.windows)
		if feeds.Find(table).Every == feeds.Day {
			every = feeds.Day
		}
		for _, delivery := range []string{"changes", "leaf", "snapshot"} {
			k.tasks = append(k.tasks, own.recurring(t, table, delivery, k.day, every))
		}
		k.runs += 3 * int(feeds.Day/every)
	}
	k.ended(t, k.runs)
	t.Logf("%d runs of %d tasks in %.0f s, %d kills", k.runs, len(k.tasks), time.Since(began).Seconds(), k.killed)
	k.areTrue(t)
	tables := ""
	for _, table := range h.tables {
		tables += fmt.Sprintf(",%q", table)
	}
	f.post(t, "/_admin/feeds/fill", fmt.Sprintf(`{"tables":[%s],"from":%q,"through":%q,"again":50}`,
		tables[1:], k.day.From.Format(time.RFC3339), k.day.To.Format(time.RFC3339)), nil)
	for _, x := range k.tasks {
		for from := k.day.From; from.Before(k.day.To); from = from.Add(x.every) {
			w := httpapi.WindowView{From: from, To: from.Add(x.every)}
			require.NoError(t, insist(t.Context(), func() error {
				_, err := x.api.ReviseTask(t.Context(), x.account, x.id, &w, apiclient.Write{Key: x.id + from.String()})
				return err
			}))
		}
	}
	k.ended(t, 2*k.runs)
	t.Logf("%d more, of leaves of which half were exported anew, by %.0f s, %d kills", k.runs, time.Since(began).Seconds(), k.killed)
	k.areTrue(t)
}

// killing is a harvest that goes on.
type killing struct {
	*feedStack
	harvest
	day    httpapi.WindowView
	tasks  []recurringTask
	runs   int // of a round
	killed int
}

// recurringTask has a window every so often.
type recurringTask struct {
	feedTask
	every time.Duration
}

// ended waits until so many runs have ended well; the worker is killed as they go on.
func (k *killing) ended(t *testing.T, want int) {
	t.Helper()
	from, target := want-k.runs, k.killed+k.kills
	for deadline := time.Now().Add(patience + time.Duration(k.runs)*5*time.Second); ; time.Sleep(glance) {
		ended := 0
		for _, x := range k.tasks {
			runs, err := x.api.Runs(t.Context(), x.account, apiclient.RunFilter{Task: x.id})
			if err != nil {
				continue // the worker that would answer is dead
			}
			for _, r := range runs {
				if r.Status == "running" {
					continue
				}
				require.Contains(t, []string{contract.OutcomeDelivered, contract.OutcomeEmpty, contract.OutcomeUnchanged}, r.Outcome, "%s: %s", r.ID, r.Error)
				ended++
			}
		}
		if ended >= want && k.killed >= target {
			return
		}
		if k.killed < target && ended >= from+(want-from)*(k.killed-target+k.kills)/(k.kills+1) {
			k.Worker.Kill()
			require.NoError(t, k.StartWorker(t.Context()))
			k.killed++
		}
		require.True(t, time.Now().Before(deadline), "%d of %d runs have ended", ended, want)
	}
}

func (k *killing) areTrue(t *testing.T) {
	t.Helper()
	for _, x := range k.tasks {
		x.isTrue(t, k.day)
	}
}
