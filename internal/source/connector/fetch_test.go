package connector_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/conversation"
	"transporter/internal/fault"
	"transporter/internal/source"
	"transporter/internal/staging"
	"transporter/internal/store"
)

// Windows that follow each other have every closing in exactly one of them, a conversation at most
// once, as it then was; reading one again later gives the same bytes.
func TestWindowsThatFollowEachOtherHaveEverythingOnce(t *testing.T) {
	const window = time.Hour
	for seed := range uint64(3) {
		w, draw := newWorld(t, t.TempDir()), rand.New(rand.NewPCG(seed, 6))
		want := map[time.Time]map[string]int{} // window → conversation → entries
		length := map[string]int{}
		var first [][]source.Record
		for range 12 {
			w.at = w.at.Add(time.Duration([]int{0, 1, 59, 3599, 3600, 5000}[draw.IntN(6)]) * time.Second)
			id := []string{"a", "b", "c"}[draw.IntN(3)]
			w.hold(t, conversation.Closing{Conversation: id}, int64(length[id]), says(id, length[id], "kim", "CONSUMER", "x", 0))
			length[id]++
			last, err := w.Closing(t.Context(), ref(id), math.MaxInt64)
			require.NoError(t, err)
			of := time.UnixMilli(last.At).UTC().Truncate(window)
			if want[of] == nil {
				want[of] = map[string]int{}
			}
			want[of][id] = length[id]
		}
		for from := nine; !from.After(w.at); from = from.Add(window) {
			got := map[string]int{}
			records, _ := w.fetch(t, from, from.Add(window))
			for _, r := range records {
				require.NotContains(t, got, r.ID)
				got[r.ID] = len(texts(t, r.Raw))
			}
			require.Equal(t, len(want[from]), len(got), seed)
			for id, n := range want[from] {
				require.Equal(t, n, got[id], seed)
			}
			first = append(first, records)
		}
		w.at = w.at.Add(window)
		for id, n := range length {
			w.hold(t, conversation.Closing{Conversation: id}, int64(n), says(id, n, "kim", "CONSUMER", "later", 0))
		}
		for i, records := range first {
			again, _ := w.fetch(t, nine.Add(time.Duration(i)*window), nine.Add(time.Duration(i+1)*window))
			for n := range again {
				require.Equal(t, string(records[n].Raw), string(again[n].Raw))
			}
		}
	}
}

func TestAConversationThatGetsMoreIsReadAgainWhole(t *testing.T) {
	w := newWorld(t, t.TempDir())
	w.hold(t, conversation.Closing{Conversation: "a"}, 0, says("a", 0, "kim", "CONSUMER", "one", 0), says("a", 2, "lee", "ASSIGNED_AGENT", "three", 0))
	w.at = nine.Add(2 * time.Hour)
	late := says("a", 1, "kim", "CONSUMER", "two", 0)
	late.Late = true
	w.hold(t, conversation.Closing{Conversation: "a"}, 2, late)

	first, counts := w.fetch(t, nine, nine.Add(time.Hour))
	require.Equal(t, []string{"one", "three"}, texts(t, first[0].Raw))
	require.Zero(t, counts.Duplicates)
	second, _ := w.fetch(t, nine.Add(2*time.Hour), nine.Add(3*time.Hour))
	require.Equal(t, []string{"one", "three", "two"}, texts(t, second[0].Raw))
	both, counts := w.fetch(t, nine, nine.Add(3*time.Hour))
	require.Len(t, both, 1)
	require.EqualValues(t, 1, counts.Duplicates)
	require.Equal(t, string(second[0].Raw), string(both[0].Raw))
}

func TestAWindowIsNotReadBeforeItIsComplete(t *testing.T) {
	w := newWorld(t, t.TempDir())
	q := w.query(nine, nine.Add(time.Hour))
	q.Now -= 90_000
	err := w.source.Fetch(t.Context(), q, w.pages())
	require.Equal(t, fault.NotReady, fault.KindOf(err))
	var f *fault.Error
	require.ErrorAs(t, err, &f)
	require.Equal(t, 90*time.Second, f.RetryAfter)
	require.ErrorContains(t, err, "2025-11-19T10:00:00Z")
}

// An attempt that breaks off goes on with the slices that are missing.
func TestAnAttemptGoesOnWhereTheOneBeforeEnded(t *testing.T) {
	w := newWorld(t, t.TempDir())
	const held = 280
	for i := range held {
		w.at = w.at.Add(time.Second)
		w.hold(t, conversation.Closing{Conversation: fmt.Sprintf("c-%03d", i)}, 0)
	}
	pages := w.pages()
	q := w.query(nine, nine.Add(time.Hour))
	broken := errors.New("the disk is gone")
	require.ErrorIs(t, w.source.Fetch(t.Context(), q, breaking{pages, "c-270", broken}), broken)
	before, err := pages.Slices(t.Context())
	require.NoError(t, err)
	planned, err := pages.Planned(t.Context())
	require.NoError(t, err)
	require.Len(t, planned, 2)
	require.Less(t, len(before), 2)

	begun := &counting{Pages: pages}
	require.NoError(t, w.source.Fetch(t.Context(), q, begun))
	require.Equal(t, 2-len(before), begun.n)
	records, counts := w.staged(t, pages)
	require.Len(t, records, held)
	require.EqualValues(t, held, counts.Total)
	for i, r := range records {
		require.Equal(t, fmt.Sprintf("c-%03d", i), r.ID)
	}
}

// breaking refuses one record.
type breaking struct {
	*staging.Pages

	id  string
	err error
}

func (b breaking) Begin(ctx context.Context, s source.Slice) (source.SliceWriter, error) {
	w, err := b.Pages.Begin(ctx, s)
	return breakingWriter{w, b}, err
}

type breakingWriter struct {
	source.SliceWriter
	of breaking
}

func (w breakingWriter) Add(ctx context.Context, r source.Record) error {
	if r.ID == w.of.id {
		return w.of.err
	}
	return w.SliceWriter.Add(ctx, r)
}

// counting counts the slices that are begun.
type counting struct {
	*staging.Pages

	mu sync.Mutex
	n  int
}

func (c *counting) Begin(ctx context.Context, s source.Slice) (source.SliceWriter, error) {
	c.mu.Lock()
	c.n++
	c.mu.Unlock()
	return c.Pages.Begin(ctx, s)
}

// What cannot be read is red and named; nothing is left out.
func TestWhatCannotBeReadIsNamed(t *testing.T) {
	for name, c := range map[string]struct {
		remove string
		want   string
	}{
		"the end of a journal":    {"conversations/acme/a/journal/000000000000003", "the journal ends at 3 and was written up to 4"},
		"the middle of a journal": {"conversations/acme/a/journal/000000000000000", "the journal ends at 0"},
		"a body":                  {"conversations/acme/a/bodies/", "is not kept"},
		"what the index names":    {"conversations/acme/a/closings/", "no closing of conversation a is kept"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, t.TempDir())
			blob, err := w.PutBody(t.Context(), ref("a"), []byte(`{"type":"ContentEvent","message":"large"}`))
			require.NoError(t, err)
			large := says("a", 1, "kim", "CONSUMER", "", 0)
			large.Event.Body, large.Event.Blob = nil, &blob
			w.hold(t, conversation.Closing{Conversation: "a"}, 0, says("a", 0, "kim", "CONSUMER", "x", 0), large,
				says("a", 2, "kim", "CONSUMER", "x", 0), says("a", 3, "kim", "CONSUMER", "x", 0))
			records, _ := w.fetch(t, nine, nine.Add(time.Hour))
			require.Equal(t, []string{"x", "large", "x", "x"}, texts(t, records[0].Raw))

			for info, err := range w.store.List(t.Context(), c.remove) {
				require.NoError(t, err)
				require.NoError(t, w.store.Delete(t.Context(), info.Key))
			}
			err = w.source.Fetch(t.Context(), w.query(nine, nine.Add(time.Hour)), w.pages())
			require.ErrorContains(t, err, c.want)
			require.ErrorContains(t, err, "conversation a: ")
		})
	}
}

func TestOnlyOurConversationsAreRead(t *testing.T) {
	w := newWorld(t, t.TempDir())
	q := w.query(nine, nine.Add(time.Hour))
	q.Resource = "users"
	err := w.source.Fetch(t.Context(), q, w.pages())
	require.Equal(t, fault.InvalidSpec, fault.KindOf(err))
	require.ErrorContains(t, err, "connector_conversations")
}

func TestATestCountsClosings(t *testing.T) {
	w := newWorld(t, t.TempDir())
	w.at = nine.AddDate(0, 0, -40)
	w.hold(t, conversation.Closing{Conversation: "early"}, 0)
	for i := range 3 {
		w.at = nine.AddDate(0, 0, -10*i)
		w.hold(t, conversation.Closing{Conversation: fmt.Sprint("c-", i)}, 0)
	}
	w.at = nine.Add(time.Second)
	log, err := w.source.Test(t.Context(), []string{"connector_conversations"})
	require.NoError(t, err)
	require.Len(t, log.Steps, 1)
	require.True(t, log.Steps[0].OK)
	require.Equal(t, "conversations closed in the last 31 days: 3", log.Steps[0].Note)
}

// begun is pages of a window that somebody forgets when its first slice begins.
type begun struct {
	*staging.Pages

	forget func()
}

func (b begun) Begin(ctx context.Context, sl source.Slice) (source.SliceWriter, error) {
	b.forget()
	return b.Pages.Begin(ctx, sl)
}

// A window of which something may be removed is red and says so, also when that begins while it is
// read; what is kept is read as ever.
func TestAWindowThatIsForgottenIsNotShort(t *testing.T) {
	w := newWorld(t, t.TempDir())
	for _, id := range []string{"a", "b"} {
		w.hold(t, conversation.Closing{Conversation: id}, 0, says(id, 0, "kim", "CONSUMER", "x", 0))
		w.at = w.at.Add(time.Hour)
	}
	forget := func() {
		for range 2 { // of the file's time, which is now, nothing is that old: only the index goes
			require.NoError(t, w.Forget(t.Context(), account, nine.Add(time.Minute).UnixMilli(), func(info store.Info) error {
				return w.store.Delete(t.Context(), info.Key)
			}))
		}
	}
	err := w.source.Fetch(t.Context(), w.query(nine, nine.Add(2*time.Hour)), begun{w.pages(), forget})
	require.Equal(t, fault.Expired, fault.KindOf(err), "%v", err)
	require.ErrorContains(t, err, "the window begins 2025-11-19T09:00:00Z, and conversations are kept since 2025-11-19T09:01:00Z")

	err = w.source.Fetch(t.Context(), w.query(nine, nine.Add(2*time.Hour)), w.pages())
	require.Equal(t, fault.Expired, fault.KindOf(err), "%v", err)
	records, _ := w.fetch(t, nine.Add(time.Minute), nine.Add(2*time.Hour))
	require.Len(t, records, 1)
}
