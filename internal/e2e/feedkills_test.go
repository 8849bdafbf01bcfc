package e2e

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"transporter/internal/contract"
	"transporter/internal/sandbox/feeds"
)

// harvest is how much is read while the worker is killed.
type harvest struct {
	seed    uint64   // of all that is random
	tables  []string // each is delivered in three ways, by each of two ways of ranking
	windows int      // of each task
	kills   [4]int   // of the worker, in each round
}

// feedSeed is SOAK_SEED, otherwise another at each time. It is logged.
func feedSeed(t *testing.T) uint64 {
	t.Helper()
	seed := uint64(rand.Uint32())
	if text := os.Getenv("SOAK_SEED"); text != "" {
		var err error
		seed, err = strconv.ParseUint(text, 10, 32)
		require.NoError(t, err, "SOAK_SEED")
	}
	t.Logf("SOAK_SEED=%d", seed)
	return seed
}

// TestFeedsSurviveKills is the small one that always runs: a table that has an order, and any other.
func TestFeedsSurviveKills(t *testing.T) {
	t.Parallel()
	seed := feedSeed(t)
	other := feeds.Tables()[seed%uint64(len(feeds.Tables()))].Name
	feedsSurviveKills(t, harvest{seed: seed, tables: slices.Compact([]string{"issue_queues", other}), windows: 2, kills: [4]int{0, 1, 0, 1}})
}

// feedsSurviveKills exports tables bit by bit while tasks deliver them and the worker is killed. What a reader
// has of the manifests in the end is what the platform has.
func feedsSurviveKills(t *testing.T, h harvest) {
	k := plant(t, h)
	k.round(t, 0, "every window but those that miss a leaf", none)
	k.export(t, 40)
	k.round(t, 1, "leaves are exported anew while others are missing", whole)
	k.exportLate(t)
	k.round(t, 2, "the missing leaves come", tardy)
	k.areTrue(t)
	k.exportAll(t, 80)
	k.round(t, 3, "more leaves are exported anew", all)
	k.areTrue(t)
	k.haveRevisions(t)
}

// killing is a harvest that goes on.
type killing struct {
	*feedStack
	harvest
	temporal client.Client
	random   *rand.Rand
	fields   []field
	tasks    []harvested
	due      int // runs, from the begin on
	killed   int
	began    time.Time
}

// harvested is a task of a table; it has a window every so often.
type harvested struct {
	feedTask
	field field
	every time.Duration
}

// plant exports all but the late leaves, and makes the tasks.
func plant(t *testing.T, h harvest) *killing {
	f := startFeeds(t, "--seed", fmt.Sprint(h.seed), "--feeds-rows", "12")
	k := &killing{feedStack: f, harvest: h, temporal: f.client(t), random: rand.New(rand.NewPCG(h.seed, 1)), began: time.Now()}
	f.door.isBad(rand.New(rand.NewPCG(h.seed, 2)))
	// Looks are asked for below, and counted.
	require.NoError(t, k.temporal.ScheduleClient().GetHandle(t.Context(), contract.ScheduleRevise).Pause(t.Context(), client.SchedulePauseOptions{}))
	for _, name := range h.tables {
		k.fields = append(k.fields, k.fieldOf(t, name))
	}
	slices.SortStableFunc(k.fields, func(a, b field) int { return cmp.Compare(a.place(), b.place()) })
	k.export(t, 0)
	for _, field := range k.fields {
		every := field.within.To.Sub(field.within.From) / time.Duration(h.windows)
		for _, dedupe := range []string{"reference", "repaired"} {
			own := f.with(t, f.feedSource("")) // a plan has room for three tasks of a table
			for _, delivery := range []string{"changes", "leaf", "snapshot"} {
				x := own.recurring(t, field.Name, delivery, field.within, every, "dedupe", dedupe)
				k.tasks = append(k.tasks, harvested{x, field, every})
			}
		}
	}
	for _, x := range k.tasks {
		if k.due += h.windows; x.field.waits() {
			k.due--
		}
	}
	return k
}
