package feedbook_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/contract"
	"transporter/internal/feedbook"
	"transporter/internal/latest"
	"transporter/internal/seal"
	"transporter/internal/source"
	"transporter/internal/staging"
	"transporter/internal/store"
)

// swept is a book whose clock can be ahead, and what of its deliveries is through.
type swept struct {
	*feedbook.Book
	store store.Store
	stage *staging.Stage
	ahead time.Duration
	keep  feedbook.Keep
}

func newSwept(t testing.TB, folder string, ring *seal.Ring) *swept {
	st, err := store.NewFile(folder)
	require.NoError(t, err)
	box := seal.NewBox(ring)
	s := &swept{store: st, stage: staging.New(st, box)}
	s.Book = feedbook.New(feedbook.NewLedger(st, box), s.stage, func() time.Time { return time.Now().Add(s.ahead) })
	s.keep = feedbook.Keep{
		Finished: func(context.Context, contract.Delivery) (bool, error) { return true, nil },
		Over:     func(string, int) bool { return false },
	}
	return s
}

func newRing(t testing.TB) *seal.Ring {
	ring, err := seal.GenerateRing("k1")
	require.NoError(t, err)
	return ring
}

// sweep removes what is not needed, so much later, and returns how many objects those were.
func (s *swept) sweep(t require.TestingT, later time.Duration) (n int) {
	s.ahead += later
	for info, err := range s.Unneeded(context.Background(), "acme", s.keep) {
		require.NoError(t, err)
		require.NoError(t, s.store.Delete(context.Background(), info.Key))
		n++
	}
	return n
}

// objects counts what is staged below a prefix.
func (s *swept) objects(t require.TestingT, prefix string) (n int) {
	keys, err := s.stage.Keys(context.Background(), prefix)
	require.NoError(t, err)
	for _, key := range keys {
		if strings.Contains(key, "/~") {
			n++
		}
	}
	return n
}

// readable reads the table to its end.
func (s *swept) readable(t require.TestingT, state *feedbook.State) {
	for _, err := range latest.Winners(context.Background(), s.stage, "scratch", state.Sets(false)) {
		require.NoError(t, err, "state %d", state.Number)
	}
}

// What processes leave that are killed while they read a leaf, or merge a table, goes once nobody
// can be at it any more; what was read to its end stays.
func TestRowsOfTheKilledGo(t *testing.T) {
	for _, work := range []string{"read", "merge"} {
		t.Run(work, func(t *testing.T) {
			folder, ring := t.TempDir(), newRing(t)
			s := newSwept(t, folder, ring)
			feedbook.CompactAt(6, 2)
			var state feedbook.State
			for hour := range 5 {
				leaf, err := s.Stage(t.Context(), table, leafOf(hour, 0), reading("a=1", "b=2", "!line 3"))
				require.NoError(t, err)
				state = state.With([]feedbook.Leaf{*leaf})
				state.Delivery = delivery(hour)
				require.NoError(t, s.Commit(t.Context(), state))
			}
			whole := s.objects(t, "")
			require.NotZero(t, whole)

			text, err := ring.MarshalText()
			require.NoError(t, err)
			keys := filepath.Join(t.TempDir(), "ring")
			require.NoError(t, os.WriteFile(keys, text, 0o600))
			child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKilledChild$")
			child.Env = append(os.Environ(), "FEEDBOOK_STORE="+folder, "FEEDBOOK_KEYS="+keys, "FEEDBOOK_WORK="+work)
			says, err := child.StdoutPipe()
			require.NoError(t, err)
			require.NoError(t, child.Start())
			_, err = bufio.NewReader(says).ReadString('\n')
			require.NoError(t, err, "the child never came to the middle")
			require.NoError(t, child.Process.Kill())
			_, _ = io.Copy(io.Discard, says)
			require.Error(t, child.Wait())
			require.Greater(t, s.objects(t, ""), whole, "the killed one leaves something")

			require.Zero(t, s.sweep(t, 0), "somebody may be at it")
			require.NotZero(t, s.sweep(t, feedbook.Grace+time.Hour))
			require.Equal(t, whole, s.objects(t, ""))
			s.readable(t, &state)
			row, err := s.Leaf(t.Context(), table, leafOf(3, 0))
			require.NoError(t, err)
			require.NotNil(t, row)
			for r, err := range s.stage.Sorted(t.Context(), row.BadLines) {
				require.NoError(t, err)
				require.Equal(t, "!line 3", r.ID)
			}
		})
	}
}

// TestKilledChild works until it is killed in the middle; it is no test by itself.
func TestKilledChild(t *testing.T) {
	folder := os.Getenv("FEEDBOOK_STORE")
	if folder == "" {
		t.Skip("started by TestRowsOfTheKilledGo")
	}
	ring, err := seal.LoadRing(os.Getenv("FEEDBOOK_KEYS"))
	require.NoError(t, err)
	s := newSwept(t, folder, ring)
	before := s.objects(t, "")
	middle := func() {
		if s.objects(t, "") > before {
			fmt.Println("in the middle")
			select {} // the kill ends it
		}
	}
	if os.Getenv("FEEDBOOK_WORK") == "merge" {
		feedbook.CompactAt(1, 0)
		p, err := s.Place(t.Context(), delivery(99))
		require.NoError(t, err)
		next := p.Base.With(nil)
		next.Delivery = delivery(99)
		require.NoError(t, s.Compact(t.Context(), &next))
		middle() // merged, and not committed
		return
	}
	feedbook.SortAt(64 << 10)
	_, err = s.Stage(t.Context(), table, leafOf(9, 0), func(add func(context.Context, source.Record) error) (c source.LeafCounts, err error) {
		for n := 0; ; n++ {
			if err := add(t.Context(), source.Record{ID: fmt.Sprint(n), Rank: "1", Raw: make([]byte, 1000)}); err != nil {
				return c, err
			}
			middle()
		}
	})
	require.NoError(t, err)
}

// The rows of an export that gave way to another stay for whoever found them, and as long as a window
// is read from them; then they go, and the export is read anew if the platform goes back to it.
func TestSupersededRowsGoOnceNobodyHasThem(t *testing.T) {
	s, ctx := newSwept(t, t.TempDir(), newRing(t)), t.Context()
	old, err := s.Stage(ctx, table, leafOf(5, 0), reading("a=1", "!line 2"))
	require.NoError(t, err)
	_, err = s.Stage(ctx, table, leafOf(5, 1), reading("a=2"))
	require.NoError(t, err)
	s.keep.Fetched = [][]feedbook.Leaf{{*old}}
	require.Zero(t, s.sweep(t, 3*feedbook.Grace), "retired now")
	found, err := s.Leaf(ctx, table, leafOf(5, 0))
	require.NoError(t, err)
	require.Nil(t, found)
	require.Zero(t, s.sweep(t, 2*feedbook.Grace), "a window is read from it")
	s.keep.Fetched = nil
	require.Equal(t, 2, s.sweep(t, 0), "rows and bad lines")
	require.Equal(t, 1, s.objects(t, ""))

	back, err := s.Stage(ctx, table, leafOf(5, 0), reading("a=1", "!line 2"))
	require.NoError(t, err)
	require.Equal(t, 3, back.Generation)
	require.Zero(t, s.sweep(t, 0))
	require.Equal(t, 1, s.sweep(t, 2*feedbook.Grace), "the second export has given way")
}

// Whatever is exported anew, merged, delivered or left red, with sweeps in between: every state is
// whole that may be rendered or gone on from, and in the end nothing is there that none of them needs.
func TestSweepsTakeNothingThatIsNeeded(t *testing.T) {
	feedbook.CompactAt(5, 2)
	for seed := range uint64(12) {
		h := &history{swept: newSwept(t, t.TempDir(), newRing(t)), random: rand.New(rand.NewPCG(seed, 7)), through: map[contract.Delivery]bool{}}
		h.keep.Finished = func(_ context.Context, d contract.Delivery) (bool, error) { return h.through[d], nil }
		for n := range 4 + h.random.IntN(14) {
			h.deliver(t, n)
			if h.random.IntN(2) == 0 {
				h.sweep(t, 2*feedbook.Grace)
			}
			if h.random.IntN(3) == 0 {
				h.through[h.states[h.random.IntN(n+1)].Delivery] = true // somebody has resumed it
			}
			for _, s := range h.needed() {
				h.readable(t, s)
			}
		}
		h.sweep(t, 2*feedbook.Grace)
		h.sweep(t, 2*feedbook.Grace)
		require.Equal(t, h.kept(t), h.objects(t, ""), "seed %d", seed)
	}
}

// history is what a task has delivered.
type history struct {
	*swept
	random  *rand.Rand
	states  []feedbook.State
	through map[contract.Delivery]bool
	exports [8]int
}

// deliver makes the next state of a leaf that comes, or comes anew.
func (h *history) deliver(t *testing.T, n int) {
	hour := h.random.IntN(len(h.exports))
	h.exports[hour]++
	leaf, err := h.Stage(t.Context(), table, leafOf(hour, h.exports[hour]), reading(fmt.Sprintf("a=%02d", n), fmt.Sprintf("%c=1", 'b'+rune(n))))
	require.NoError(t, err)
	var state feedbook.State
	if n > 0 {
		state = h.states[n-1]
	}
	state = state.With([]feedbook.Leaf{*leaf})
	state.Delivery = delivery(n)
	require.NoError(t, h.Compact(t.Context(), &state))
	require.NoError(t, h.Commit(t.Context(), state))
	h.states = append(h.states, state)
	h.through[state.Delivery] = h.random.IntN(4) > 0
}

// needed are the newest state, those that are not delivered, and those before these.
func (h *history) needed() (all []*feedbook.State) {
	for i := range h.states {
		last := i == len(h.states)-1
		if last || !h.through[h.states[i].Delivery] || !h.through[h.states[i+1].Delivery] {
			all = append(all, &h.states[i])
		}
	}
	return all
}

// kept counts the objects that states and leaves need.
func (h *history) kept(t *testing.T) int {
	kept := map[string]bool{}
	name := func(set latest.Set) {
		for _, ref := range set.Runs {
			kept[ref.Key] = true
		}
	}
	for _, s := range h.needed() {
		for _, set := range s.Sets(false) {
			name(set.Set)
		}
	}
	leaves, err := h.Leaves(t.Context(), table, "2026-11-20", "2026-11-20")
	require.NoError(t, err)
	for i := range leaves {
		name(leaves[i].Rows)
	}
	return len(kept)
}

// A table that its task has given up goes as a whole once no run of it can be resumed.
func TestTablesThatAreOverGo(t *testing.T) {
	s, ctx := newSwept(t, t.TempDir(), newRing(t)), t.Context()
	feedbook.CompactAt(2, 1)
	s.keep.Finished = func(context.Context, contract.Delivery) (bool, error) { return false, nil }
	var state feedbook.State
	for hour := range 3 {
		leaf, err := s.Stage(ctx, table, leafOf(hour, 0), reading("a=1"))
		require.NoError(t, err)
		state = state.With([]feedbook.Leaf{*leaf})
		state.Delivery = delivery(hour)
		require.NoError(t, s.Compact(ctx, &state))
		require.NoError(t, s.Commit(ctx, state))
	}
	require.NotZero(t, s.objects(t, "tables-rows/"))
	s.keep.Resumable = 90 * 24 * time.Hour
	require.Zero(t, s.sweep(t, 100*24*time.Hour), "the task goes on")
	s.keep.Over = func(task string, generation int) bool { return task == "t1" && generation == 1 }
	s.keep.Resumable = 0
	require.Zero(t, s.sweep(t, 0), "for good")
	s.keep.Resumable = 101 * 24 * time.Hour
	require.Zero(t, s.sweep(t, 0), "a run may be resumed")
	s.keep.Resumable = 90 * 24 * time.Hour
	require.NotZero(t, s.sweep(t, 0))
	require.Zero(t, s.objects(t, "tables-rows/"))
	require.Equal(t, 3, s.objects(t, "feeds/"), "leaves are everybody's")
}
