package journal_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/contract"
	"transporter/internal/conversation"
	"transporter/internal/journal"
	"transporter/internal/store"
)

// stored is a store of conversations whose objects can be made older.
type stored struct {
	*journal.Journal
	store *store.File
	dir   string
}

func newStored(t *testing.T) *stored {
	dir := t.TempDir()
	j, st := newJournal(t, dir)
	return &stored{j, st, dir}
}

// hold writes a conversation of nine entries, three of which name bodies, that was over at a time.
func (s *stored) hold(t *testing.T, id string, over time.Time) {
	t.Helper()
	for from := int64(0); from < 9; from += 3 {
		batch := entries(from, 3, id)
		blob, err := s.PutBody(t.Context(), refTo(id), []byte(id+batch[0].Event.Key+string(rune('a'+from))))
		require.NoError(t, err)
		batch[0].Event.Body, batch[0].Event.Blob = nil, &blob
		_, err = s.Append(t.Context(), refTo(id), batch)
		require.NoError(t, err)
	}
	require.NoError(t, s.Save(t.Context(), refTo(id), conversation.State{Next: 9}))
	require.NoError(t, s.Close(t.Context(), closingOf(id, 9), func() time.Time { return over }))
	s.age(t, id, over)
}

// age makes what lies of a conversation as old as that.
func (s *stored) age(t *testing.T, id string, at time.Time) {
	t.Helper()
	for _, key := range s.keys(t, "conversations/acme/"+id+"/") {
		require.NoError(t, os.Chtimes(filepath.Join(s.dir, key), at, at))
	}
}

func (s *stored) keys(t *testing.T, prefix string) (keys []string) {
	t.Helper()
	for info, err := range s.store.List(t.Context(), prefix) {
		require.NoError(t, err)
		keys = append(keys, info.Key)
	}
	return keys
}

// forget removes as the daily work does; so many objects, then the disk is gone.
func (s *stored) forget(t *testing.T, before time.Time, most int) error {
	t.Helper()
	return s.Forget(t.Context(), "acme", before.UnixMilli(), func(info store.Info) error {
		if most--; most < 0 {
			return errors.New("the disk is gone")
		}
		return s.store.Delete(t.Context(), info.Key)
	})
}

// What was over before goes, and nothing that came later, or of somebody else.
func TestWhatWasOverBeforeGoes(t *testing.T) {
	s := newStored(t)
	s.hold(t, "a", noon.Add(-48*time.Hour))
	s.hold(t, "again", noon.Add(-48*time.Hour))
	_, err := s.Append(t.Context(), refTo("again"), entries(9, 1, "later"))
	require.NoError(t, err)
	require.NoError(t, s.Close(t.Context(), closingOf("again", 10), func() time.Time { return noon }))
	s.age(t, "again", noon.Add(-48*time.Hour)) // by its closing alone it is young
	s.hold(t, "goes-on", noon.Add(-48*time.Hour))
	require.NoError(t, s.Save(t.Context(), refTo("goes-on"), conversation.State{Next: 9}))
	other := contract.ConversationRef{Account: "acme2", App: "app", Conversation: "a"}
	_, err = s.Append(t.Context(), other, entries(0, 1, "x"))
	require.NoError(t, err)

	since, err := s.KeptSince(t.Context(), "acme")
	require.NoError(t, err)
	require.Zero(t, since)
	require.NoError(t, s.forget(t, noon.Add(-96*time.Hour), 0))
	require.Empty(t, s.keys(t, "conversations-kept/"), "nothing was that old")
	require.NoError(t, s.forget(t, noon.Add(-24*time.Hour), 1000))
	require.Empty(t, s.keys(t, "conversations/acme/a/"))
	require.Len(t, s.keys(t, "conversations/acme/again/"), 4+3+1+2, "batches, bodies, the state, two closings")
	require.Len(t, s.keys(t, "conversations/acme/goes-on/"), 3+3+1+1)
	require.Len(t, s.keys(t, "conversations/acme2/"), 1)
	require.Len(t, s.keys(t, "conversations-closed/acme/"), 1, "the younger closing")
	require.Equal(t, []string{"again@20 12:00:00"}, closed(t, s.Journal, noon.Add(-72*time.Hour), noon.Add(time.Hour)))

	require.NoError(t, s.forget(t, noon.Add(-72*time.Hour), 0))
	since, err = s.KeptSince(t.Context(), "acme")
	require.NoError(t, err)
	require.Equal(t, noon.Add(-24*time.Hour).UnixMilli(), since, "what is gone does not come back")
}

// Wherever it is ended, what is left is a conversation that can go on: a journal without a hole whose
// bodies are there, and no state or closing that is ahead of it. The next time takes the rest.
func TestForgettingEndsAnywhere(t *testing.T) {
	for most := 0; ; most++ {
		s := newStored(t)
		s.hold(t, "a", noon.Add(-48*time.Hour))
		err := s.forget(t, noon, most)
		since, kept := s.KeptSince(t.Context(), "acme")
		require.NoError(t, kept)
		require.Equal(t, noon.UnixMilli(), since, "readers know before anything is gone")
		if err == nil {
			require.Empty(t, s.keys(t, "conversations"+"/"))
			require.Equal(t, 1+1+1+3+3, most)
			return
		}
		n := int64(0)
		for e, err := range s.Entries(t.Context(), refTo("a"), 0) {
			require.NoError(t, err)
			require.Equal(t, n, e.Position)
			n++
			if e.Event.Blob != nil {
				_, err := s.Body(t.Context(), refTo("a"), *e.Event.Blob)
				require.NoError(t, err)
			}
		}
		batches := 0
		for _, key := range s.keys(t, "conversations/acme/a/") {
			if strings.Contains(key, "/journal/") {
				batches++
			}
		}
		require.EqualValues(t, 3*batches, n)
		state, err := s.Load(t.Context(), refTo("a"))
		require.NoError(t, err)
		require.True(t, state == nil || state.Next <= n)
		require.NoError(t, s.forget(t, noon, 1000))
		require.Empty(t, s.keys(t, "conversations/acme/"))
	}
}
