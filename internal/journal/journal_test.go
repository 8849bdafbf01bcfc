package journal_test

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"transporter/internal/contract"
	"transporter/internal/conversation"
	"transporter/internal/fault"
	"transporter/internal/journal"
	"transporter/internal/seal"
	"transporter/internal/store"
)

var ref = contract.ConversationRef{Account: "acme", App: "app", Conversation: "5491244f-e462-4c63-bf4e-faf4b2d3e7b5"}

func newJournal(t require.TestingT, dir string) (*journal.Journal, *store.File) {
	st, err := store.NewFile(dir)
	require.NoError(t, err)
	ring, err := seal.GenerateRing("records-1")
	require.NoError(t, err)
	return journal.New(st, seal.NewBox(ring)), st
}

// entries returns n entries from a position on, told apart by a salt.
func entries(from int64, n int, salt string) []conversation.Entry {
	out := make([]conversation.Entry, n)
	for i := range out {
		body, _ := json.Marshal(map[string]any{"message": fmt.Sprintf("%s %d", salt, from+int64(i))})
		out[i] = conversation.Entry{Position: from + int64(i), Event: &conversation.Event{
			Key: fmt.Sprint(salt, i), Kind: conversation.Content, Sequence: i, Body: body,
		}}
	}
	return out
}

func read(t require.TestingT, j *journal.Journal, from int64) (got []conversation.Entry) {
	for e, err := range j.Entries(context(t), ref, from) {
		require.NoError(t, err)
		got = append(got, e)
	}
	return got
}

func TestWhatIsAppendedIsReadFromAnyPosition(t *testing.T) {
	dirs := 0
	rapid.Check(t, func(rt *rapid.T) {
		dirs++
		j, _ := newJournal(rt, fmt.Sprint(t.TempDir(), dirs))
		var all []conversation.Entry
		for _, n := range rapid.SliceOfN(rapid.IntRange(1, 7), 0, 12).Draw(rt, "batches") {
			batch := entries(int64(len(all)), n, "a")
			next, err := j.Append(context(rt), ref, batch)
			require.NoError(rt, err)
			all = append(all, batch...)
			require.EqualValues(rt, len(all), next)
			if rapid.Bool().Draw(rt, "again") {
				again, err := j.Append(context(rt), ref, batch)
				require.NoError(rt, err)
				require.Equal(rt, next, again)
			}
		}
		from := rapid.IntRange(0, len(all)).Draw(rt, "from")
		require.Equal(rt, len(all)-from, len(read(rt, j, int64(from))))
		for i, e := range read(rt, j, int64(from)) {
			require.Equal(rt, all[from+i].Event.Key, e.Event.Key)
			require.JSONEq(rt, string(all[from+i].Event.Body), string(e.Event.Body))
		}
	})
}

func TestOtherEntriesInTheirPlaceAreRefused(t *testing.T) {
	j, _ := newJournal(t, t.TempDir())
	_, err := j.Append(t.Context(), ref, entries(0, 3, "a"))
	require.NoError(t, err)
	for name, batch := range map[string][]conversation.Entry{
		"other": entries(0, 3, "b"), "shorter": entries(0, 2, "a"), "longer": entries(0, 4, "a"),
	} {
		_, err := j.Append(t.Context(), ref, batch)
		require.Equal(t, fault.Conflict, fault.KindOf(err), name)
	}
	require.Len(t, read(t, j, 0), 3)
}

func TestBatchesWithHolesAreRefused(t *testing.T) {
	j, _ := newJournal(t, t.TempDir())
	hole := append(entries(0, 1, "a"), entries(2, 1, "a")...)
	for name, batch := range map[string][]conversation.Entry{"hole": hole, "none": nil, "negative": entries(-1, 1, "a")} {
		_, err := j.Append(t.Context(), ref, batch)
		require.Equal(t, fault.InvalidSpec, fault.KindOf(err), name)
	}
}

func TestNothingLiesInTheClear(t *testing.T) {
	j, st := newJournal(t, t.TempDir())
	_, err := j.Append(t.Context(), ref, entries(0, 1, "my secret"))
	require.NoError(t, err)
	require.NoError(t, j.Save(t.Context(), ref, conversation.State{Next: 1, Consumer: "my secret"}))
	_, err = j.PutBody(t.Context(), ref, []byte("\x84my secret")) // begins as OpenPGP does
	require.NoError(t, err)
	n := 0
	for info, err := range st.List(t.Context(), "conversations/acme/") {
		require.NoError(t, err)
		src, err := st.Open(t.Context(), info.Key, 0)
		require.NoError(t, err)
		raw, err := io.ReadAll(src)
		require.NoError(t, err)
		require.NoError(t, src.Close())
		require.NotContains(t, string(raw), "my secret", info.Key)
		n++
	}
	require.Equal(t, 3, n)
}

func TestStateAndBodies(t *testing.T) {
	j, _ := newJournal(t, t.TempDir())
	none, err := j.Load(t.Context(), ref)
	require.NoError(t, err)
	require.Nil(t, none)
	for _, next := range []int64{1, 2} {
		require.NoError(t, j.Save(t.Context(), ref, conversation.State{Next: next}))
	}
	got, err := j.Load(t.Context(), ref)
	require.NoError(t, err)
	require.EqualValues(t, 2, got.Next)

	large := []byte(strings.Repeat("x", conversation.MaxInline*2))
	blob, err := j.PutBody(t.Context(), ref, large)
	require.NoError(t, err)
	again, err := j.PutBody(t.Context(), ref, large)
	require.NoError(t, err)
	require.Equal(t, blob, again)
	body, err := j.Body(t.Context(), ref, blob)
	require.NoError(t, err)
	require.Equal(t, large, body)
	_, err = j.Body(t.Context(), ref, conversation.Blob{SHA256: strings.Repeat("0", 64)})
	require.Equal(t, fault.NotFound, fault.KindOf(err))
}
