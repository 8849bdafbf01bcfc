package journal_test

import (
	stdcontext "context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"transporter/internal/conversation"
	"transporter/internal/fault"
	"transporter/internal/journal"
	"transporter/internal/seal"
	"transporter/internal/store"
)

// noon is when the clocks of these tests begin.
var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// hand is a clock that tests set.
type hand struct{ at time.Time }

func (h *hand) now() time.Time { return h.at }

func closingOf(id string, next int64) conversation.Closing {
	return conversation.Closing{Account: "acme", App: "app", Conversation: id, Next: next, Consumer: "kim"}
}

func closed(t require.TestingT, j *journal.Journal, from, to time.Time) (got []string) {
	for c, err := range j.Closed(context(t), "acme", from.UnixMilli(), to.UnixMilli()) {
		require.NoError(t, err)
		require.True(t, c.At >= from.UnixMilli() && c.At < to.UnixMilli())
		got = append(got, fmt.Sprintf("%s@%s", c.Conversation, time.UnixMilli(c.At).UTC().Format("02 15:04:05")))
	}
	return got
}

func TestAClosingIsFoundByItsTime(t *testing.T) {
	j, _ := newJournal(t, t.TempDir())
	h := &hand{noon}
	for _, id := range []string{"b", "a", "c-d"} {
		require.NoError(t, j.Close(t.Context(), closingOf(id, 3), h.now))
		h.at = h.at.Add(9 * time.Hour)
	}
	require.Equal(t, []string{"b@20 12:00:00", "a@20 21:00:00", "c-d@21 06:00:00"}, closed(t, j, noon, h.at))
	require.Equal(t, []string{"a@20 21:00:00"}, closed(t, j, noon.Add(time.Millisecond), noon.Add(18*time.Hour)))
	require.Empty(t, closed(t, j, noon.Add(-48*time.Hour), noon))

	ref := refTo("c-d")
	got, err := j.Closing(t.Context(), ref, h.at.UnixMilli())
	require.NoError(t, err)
	require.Equal(t, "kim", got.Consumer)
	require.EqualValues(t, 3, got.Next)
	_, err = j.Closing(t.Context(), ref, noon.Add(18*time.Hour).UnixMilli())
	require.Equal(t, fault.NotFound, fault.KindOf(err))
}

// What was not verified is noted again when it is at last, though nothing new was written, and then no more.
func TestWhatIsVerifiedAtLastIsNotedAgain(t *testing.T) {
	j, _ := newJournal(t, t.TempDir())
	h := &hand{noon}
	for _, why := range []string{"the history does not answer", "the history does not answer", "", "", "the history does not answer"} {
		c := closingOf("a", 3)
		c.Unverified = why
		require.NoError(t, j.Close(t.Context(), c, h.now))
		h.at = h.at.Add(time.Hour)
	}
	require.Equal(t, []string{"a@20 12:00:00", "a@20 14:00:00"}, closed(t, j, noon, h.at))
	got, err := j.Closing(t.Context(), refTo("a"), h.at.UnixMilli())
	require.NoError(t, err)
	require.Empty(t, got.Unverified)
}

// Whatever is closed how often, what is new is noted once and what is not is not.
func TestOnlyWhatIsNewIsNotedAgain(t *testing.T) {
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		j, _ := newJournal(rt, fmt.Sprint(t.TempDir(), n))
		h, next, want := &hand{noon}, int64(0), 0
		for range rapid.IntRange(1, 5).Draw(rt, "closings") {
			grown := rapid.Int64Range(0, 2).Draw(rt, "entries")
			if next += grown; grown > 0 || want == 0 {
				want++
			}
			require.NoError(rt, j.Close(context(rt), closingOf("a", next), h.now))
			h.at = h.at.Add(time.Duration(rapid.IntRange(0, 7200).Draw(rt, "seconds")) * time.Second)
		}
		require.Len(rt, closed(rt, j, noon, noon.Add(48*time.Hour)), want)
	})
}

// A reader who waits for IndexedWithin has seen everything: what the store took longer for is in
// the index again, at a time that was not over.
func TestAClosingThatTookTooLongIsNotedAgain(t *testing.T) {
	h := &hand{noon}
	j, st := slowJournal(t, h)
	st.delays = []time.Duration{time.Second, 70 * time.Second}
	require.NoError(t, j.Close(t.Context(), closingOf("a", 3), h.now))
	require.Equal(t, []string{"a@20 12:00:00", "a@20 12:01:11"}, closed(t, j, noon, noon.Add(time.Hour)))

	last, err := j.Closing(t.Context(), refTo("a"), noon.Add(time.Hour).UnixMilli())
	require.NoError(t, err)
	require.True(t, last.Indexed)
	require.Equal(t, noon.Add(71*time.Second).UnixMilli(), last.At)

	st.delays = []time.Duration{time.Second, 2 * time.Hour, time.Second, 2 * time.Hour, time.Second, 2 * time.Hour}
	err = j.Close(t.Context(), closingOf("b", 3), h.now)
	require.Equal(t, fault.Upstream, fault.KindOf(err))
	st.delays = nil
	at := h.at
	require.NoError(t, j.Close(t.Context(), closingOf("b", 3), h.now))
	require.Len(t, closed(t, j, at, at.Add(time.Second)), 1)
}

// A worker that dies between any two writes loses nothing: the next attempt notes it.
func TestAClosingSurvivesADeathAtAnyWrite(t *testing.T) {
	for dies := 1; dies <= 3; dies++ {
		h := &hand{noon}
		j, st := slowJournal(t, h)
		st.left = dies
		require.Error(t, j.Close(t.Context(), closingOf("a", 3), h.now))
		st.left = 0
		h.at = h.at.Add(10 * time.Minute)
		require.NoError(t, j.Close(t.Context(), closingOf("a", 3), h.now))
		got := closed(t, j, noon, noon.Add(time.Hour))
		require.Contains(t, got, "a@20 12:10:00", dies)
		last, err := j.Closing(t.Context(), refTo("a"), noon.Add(time.Hour).UnixMilli())
		require.NoError(t, err)
		require.Equal(t, h.at.UnixMilli(), last.At, dies)
		earlier, err := j.Closing(t.Context(), refTo("a"), noon.Add(time.Minute).UnixMilli())
		if len(got) == 1 { // it was never in the index
			require.Equal(t, fault.NotFound, fault.KindOf(err), dies)
		} else {
			require.Equal(t, noon.UnixMilli(), earlier.At, dies)
		}
	}
}

// slow is a store whose writes take time and fail.
type slow struct {
	store.Store

	clock  *hand
	delays []time.Duration // of the next writes
	left   int             // the write that fails, counted down; 0: none
}

func slowJournal(t *testing.T, h *hand) (*journal.Journal, *slow) {
	t.Helper()
	st, err := store.NewFile(t.TempDir())
	require.NoError(t, err)
	ring, err := seal.GenerateRing("records-1")
	require.NoError(t, err)
	s := &slow{Store: st, clock: h}
	return journal.New(s, seal.NewBox(ring)), s
}

func (s *slow) write() error {
	if len(s.delays) > 0 {
		s.clock.at, s.delays = s.clock.at.Add(s.delays[0]), s.delays[1:]
	}
	if s.left--; s.left == 0 {
		return errors.New("the worker died")
	}
	return nil
}

func (s *slow) Put(ctx stdcontext.Context, key string, r io.Reader) (store.Info, error) {
	if err := s.write(); err != nil {
		return store.Info{}, err
	}
	return s.Store.Put(ctx, key, r)
}

func (s *slow) PutIfAbsent(ctx stdcontext.Context, key string, r io.Reader) (store.Info, error) {
	if err := s.write(); err != nil {
		return store.Info{}, err
	}
	return s.Store.PutIfAbsent(ctx, key, r)
}

func TestAStrangeNameInTheIndexIsNamed(t *testing.T) {
	j, st := newJournal(t, t.TempDir())
	for _, name := range []string{"1795176000000", "soon-a", "1795176000000-"} {
		key := "conversations-closed/acme/2026-11-20/" + name
		_, err := st.Put(t.Context(), key, strings.NewReader("x"))
		require.NoError(t, err)
		failed := error(nil)
		for _, err := range j.Closed(t.Context(), "acme", noon.UnixMilli(), noon.Add(time.Hour).UnixMilli()) {
			failed = errors.Join(failed, err)
		}
		require.ErrorContains(t, failed, key)
		require.Equal(t, fault.Corrupt, fault.KindOf(failed))
		require.NoError(t, st.Delete(t.Context(), key))
	}
}
