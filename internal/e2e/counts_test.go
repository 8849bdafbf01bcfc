package e2e

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/httpapi"
	"transporter/internal/sandbox/listing"
	"transporter/internal/sandbox/world"
	"transporter/internal/task"
)

// countsSize is a brand of five hundred conversations a day: a window of a day has pages.
const countsSize = 200_000

// job is a task under test and the truth of its rows in a window.
type job struct {
	spec task.Spec
	rows func(*testing.T, *stack, httpapi.WindowView) map[string]int
	// counting is how many calls the fetch of a window makes before it reads a page.
	counting func(s *stack, w httpapi.WindowView) int
}

// jobs are the reports of conversations, each in several formats, by end and by start.
func jobs() []job {
	conversations := func(t truth) map[string]int { return t.conversations() }
	messages := func(t truth) map[string]int { return t.messages() }
	list := []job{
		conversationJob(spec("msg.messages", "jsonl", "time_basis", `"start"`), byStart, messages),
		conversationJob(spec("msg.conversations", "csv"), byEnd, conversations),
		conversationJob(spec("raw.messaging_interactions", "json"), byEnd, conversations),
		conversationJob(spec("msg.messages", "csv"), byEnd, messages),
		conversationJob(spec("msg.conversations", "json", "time_basis", `"start"`), byStart, conversations),
		conversationJob(spec("raw.messaging_interactions", "jsonl", "time_basis", `"start"`), byStart, conversations),
		conversationJob(spec("msg.messages", "json", "time_basis", `"start"`), byStart, messages),
	}
	list[3].spec.Parts.Entries = 100 // several files a window
	for i := range list {
		list[i].spec.MetadataHeader.Fields = []string{"recordCount", "filePart", "totalParts"}
	}
	return list
}

func conversationJob(s task.Spec, b basis, rows func(truth) map[string]int) job {
	return job{
		spec: s,
		rows: func(t *testing.T, s *stack, w httpapi.WindowView) map[string]int { return rows(s.world(t, b, w)) },
		counting: func(s *stack, w httpapi.WindowView) int {
			if b == byStart {
				return 1
			}
			// By end, the source is asked for 13 months of starts before the window, less than
			// three months at a time.
			const months, span = 13, 88 * 24 * time.Hour
			older := w.From.Sub(s.now.AddDate(0, -months, 0))
			return 1 + int((older+span-1)/span)
		},
	}
}

// listJobs are the reports of the account's configuration, which have no window of rows.
func listJobs() []job {
	ids := func(list string) func(*testing.T, *stack, httpapi.WindowView) map[string]int {
		return func(t *testing.T, s *stack, _ httpapi.WindowView) map[string]int {
			all, _, ok := world.NewAccount(1, platform, countsSize).List(list, s.now.UnixMilli())
			require.True(t, ok)
			rows := map[string]int{}
			for _, e := range all {
				rows[e.ID] = 1
			}
			return rows
		}
	}
	return []job{{spec: spec("cfg.users", "csv"), rows: ids(listing.Users)}, {spec: spec("cfg.skills", "json"), rows: ids(listing.Skills)}}
}

// counts runs windows under troubles on one brand.
type counts struct {
	*brand
	random *rand.Rand
	tasks  map[string]string // by description
}

func newCounts(t *testing.T, seed uint64) *counts {
	t.Helper()
	t.Logf("seed %d", seed)
	s := start(t, options{size: countsSize})
	return &counts{brand: s.brand(t), random: rand.New(rand.NewPCG(seed, seed)), tasks: map[string]string{}}
}

// window is a random one of the last year, off the grid of ten minutes that the source
// rounds to, of half an hour to thirty hours.
func (c *counts) window() httpapi.WindowView {
	ago := 2*time.Hour + time.Duration(c.random.IntN(360*24*3600))*time.Second
	return c.before(ago, time.Duration(30*60+c.random.IntN(30*3600))*time.Second)
}

// taskOf creates the job's task when it is first needed.
func (c *counts) taskOf(t *testing.T, j job) string {
	t.Helper()
	name := j.spec.Description + string(j.spec.Parameters["time_basis"])
	if c.tasks[name] == "" {
		s := j.spec
		s.Destinations = c.legs(fmt.Sprintf("out/%d", len(c.tasks)))
		c.tasks[name] = c.task(t, s)
	}
	return c.tasks[name]
}

// try runs one window of the job under the trouble and holds how it ends against what is
// stated, then lets the trouble pass: what was not green must become so.
func (c *counts) try(t *testing.T, j job, x trouble, w httpapi.WindowView) {
	t.Helper()
	if least := w.To.Add(-x.window); w.From.After(least) {
		w.From = least
	}
	id, want, before := c.taskOf(t, j), j.rows(t, c.stack, w), c.inventory(t)
	if x.spoils {
		x.fault.After = j.counting(c.stack, w)
	}
	t.Logf("%s, %s %s to %s, %d rows", x.name, j.spec.Description, stamp(w.From), stamp(w.To), sum(want))
	c.fail(t, x.fault)
	run := c.begin(t, id, w)
	switch {
	case x.want == "":
	case x.want.Retryable():
		c.neverGreen(t, run, x)
		require.Equal(t, before, c.inventory(t), "nothing is delivered while the source is wrong")
		c.fail(t)
	default:
		red := c.end(t, run)
		require.Equal(t, "failed", red.Outcome)
		require.Equal(t, string(x.want), red.ErrorKind, red.Error)
		require.Empty(t, red.Receipts)
		require.Equal(t, before, c.inventory(t), "a red run leaves no file, of any name")
		c.fail(t)
		started, err := c.api.Resume(t.Context(), c.account, run)
		require.NoError(t, err)
		run = started.Run
	}
	green := c.end(t, run)
	if x.want == "" && !strings.HasPrefix(x.fault.Path, domainPath) { // hosts are kept for a while
		require.NotZero(t, c.hits(t), "the trouble never came")
	}
	c.check(t, green, want, before)
}

// check holds a green run against the truth at every destination.
func (c *counts) check(t *testing.T, run httpapi.RunDetail, want map[string]int, before map[string][]string) {
	t.Helper()
	if len(want) == 0 {
		require.Equal(t, "empty", run.Outcome, run.Error)
		require.Equal(t, before, c.inventory(t))
		return
	}
	require.Equal(t, "delivered", run.Outcome, run.Error)
	require.Len(t, run.Receipts, 2)
	for _, r := range run.Receipts {
		require.Equal(t, int64(sum(want)), r.Rows, "rows in the receipt of %s", r.Leg)
	}
	after := c.inventory(t)
	for _, d := range []string{c.cloud, c.partner} {
		require.Equal(t, want, c.rows(t, run, d), "rows by conversation")
		requireFileSet(t, c.data(t, run, d), before[d], after[d])
	}
	cloud, partner := c.data(t, run, c.cloud), c.data(t, run, c.partner)
	for i := range cloud {
		require.Equal(t, cloud[i].raw, partner[i].raw, "both legs have the same bytes")
	}
}

// neverGreen waits until the step that reads has been tried twice and says why.
func (c *counts) neverGreen(t *testing.T, run string, x trouble) {
	t.Helper()
	eventually(t, "the fetch is tried again", func() bool {
		d := c.look(t, run)
		require.Equal(t, "running", d.Status, "a source that is wrong may get right: %s", d.Error)
		return slices.ContainsFunc(d.Steps, func(s httpapi.StepView) bool {
			return s.Name == "fetch" && s.Attempt > 1 && strings.Contains(s.Detail, "tried again: ")
		})
	})
}

// inventory lists everything that lies at both destinations.
func (b *brand) inventory(t *testing.T) map[string][]string {
	t.Helper()
	return map[string][]string{b.cloud: b.files(t, b.cloud), b.partner: b.files(t, b.partner)}
}

// requireFileSet asserts that a run added its data files, one manifest, and nothing else.
func requireFileSet(t *testing.T, data []delivered, before, after []string) {
	t.Helper()
	added := slices.DeleteFunc(slices.Clone(after), func(name string) bool { return slices.Contains(before, name) })
	var manifests []string
	for _, f := range data {
		added = slices.DeleteFunc(added, func(name string) bool { return name == f.at })
	}
	for _, name := range added {
		if strings.HasSuffix(name, ".manifest.json") && !strings.HasPrefix(filepath.Base(name), ".") && !strings.HasPrefix(name, "temp/") {
			manifests = append(manifests, name)
		}
	}
	require.Len(t, manifests, 1, "one manifest")
	require.Equal(t, manifests, added, "data files, the manifest and nothing else")
}

func sum(rows map[string]int) (n int) {
	for _, k := range rows {
		n += k
	}
	return n
}

func stamp(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05") }

// Six windows of six reports and formats, each under a trouble of its own.
func TestCountsUnderTroubles(t *testing.T) {
	t.Parallel()
	c := newCounts(t, 1)
	list, all := jobs(), troubles()
	for i, name := range []string{
		"429 with Retry-After", "cut body", "one partial page", "duplicate rows", "missing rows once", "wrong count for good",
	} {
		c.try(t, list[i], named(all, name), c.window())
	}
}
