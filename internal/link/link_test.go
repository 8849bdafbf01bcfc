package link_test

import (
	"encoding/base64"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/link"
	"transporter/internal/seal"
	"transporter/internal/store"
)

// world is a store with a clock of its own.
type world struct {
	store store.Store
	box   *seal.Box
	ring  *seal.Ring
	now   time.Time
}

func newWorld(t *testing.T) *world {
	t.Helper()
	st, err := store.Open(t.Context(), "file://"+t.TempDir())
	require.NoError(t, err)
	ring, err := seal.GenerateRing("k1")
	require.NoError(t, err)
	return &world{st, seal.NewBox(ring), ring, time.Date(2026, 11, 20, 6, 0, 0, 5, time.UTC)}
}

// process opens the book as another process does.
func (w *world) process() *link.Book {
	return link.New(w.store, w.box, func() time.Time { return w.now })
}

var delivery = contract.Delivery{Account: "acme", Task: "t1", Generation: 1, Span: contract.Span{From: 0, To: 86_400_000}, Leg: "d1.0123"}

func (w *world) asked(name string) link.Link {
	return link.Link{
		Delivery: delivery.Key(), Name: name, Ref: contract.Ref{Key: "artefacts/x", Size: 3, SHA256: "ab"}, Expires: w.now.Add(7 * 24 * time.Hour),
	}
}

// A repeat finds the link that is there; when that has ended, the next one is made.
func TestMake(t *testing.T) {
	w := newWorld(t)
	first, err := w.process().Make(t.Context(), w.asked("a.pgp"))
	require.NoError(t, err)
	require.Equal(t, w.now.Add(7*24*time.Hour).Truncate(time.Second), first.Expires)
	made := w.now
	w.now = w.now.Add(time.Hour)
	again, err := w.process().Make(t.Context(), w.asked("a.pgp"))
	require.NoError(t, err)
	require.Equal(t, first, again)
	require.Equal(t, made, again.Made)
	other, err := w.process().Make(t.Context(), w.asked("b.pgp"))
	require.NoError(t, err)
	require.NotEqual(t, first.ID, other.ID)

	run := delivery
	run.Leg = ""
	require.NoError(t, w.process().Revoke(t.Context(), run, first.ID))
	second, err := w.process().Make(t.Context(), w.asked("a.pgp"))
	require.NoError(t, err)
	require.NotEqual(t, first.ID, second.ID)
	w.now = second.Expires
	third, err := w.process().Make(t.Context(), w.asked("a.pgp"))
	require.NoError(t, err)
	require.NotContains(t, []string{first.ID, second.ID}, third.ID)

	all, err := w.process().Of(t.Context(), run)
	require.NoError(t, err)
	states := map[string]link.State{}
	for _, s := range all {
		states[s.ID] = s.State(w.now)
	}
	require.Equal(t, map[string]link.State{first.ID: link.Revoked, second.ID: link.Expired, third.ID: link.Live, other.ID: link.Expired}, states)
	run.Revision = 1
	all, err = w.process().Of(t.Context(), run)
	require.NoError(t, err)
	require.Empty(t, all)
}

func TestRevoke(t *testing.T) {
	w := newWorld(t)
	l, err := w.process().Make(t.Context(), w.asked("a.pgp"))
	require.NoError(t, err)
	elsewhere := delivery
	elsewhere.Task, elsewhere.Leg = "t2", ""
	for _, id := range []string{"", "../x", "0123456789abcdef0123456789abcdef"} {
		require.True(t, fault.Is(w.process().Revoke(t.Context(), delivery, id), fault.NotFound), id)
	}
	require.True(t, fault.Is(w.process().Revoke(t.Context(), elsewhere, l.ID), fault.NotFound), "the link of another run")
	run := delivery
	run.Leg = ""
	require.NoError(t, w.process().Revoke(t.Context(), run, l.ID))
	at := w.now
	w.now = w.now.Add(time.Hour)
	require.NoError(t, w.process().Revoke(t.Context(), run, l.ID))
	s, err := w.process().Get(t.Context(), l.ID)
	require.NoError(t, err)
	require.Equal(t, at, s.Revoked, "the first time counts")
}

// Downloads that several processes serve at once are all counted, and stay so when they end.
func TestCount(t *testing.T) {
	const processes, each = 4, 25
	w := newWorld(t)
	l, err := w.process().Make(t.Context(), w.asked("a.pgp"))
	require.NoError(t, err)
	var all sync.WaitGroup
	for range processes {
		b := w.process()
		for range each {
			all.Go(func() {
				if err := b.Count(t.Context(), l.ID); err != nil {
					t.Error(err)
				}
			})
		}
	}
	all.Wait()
	w.now = w.now.Add(time.Minute)
	require.NoError(t, w.process().Count(t.Context(), l.ID))
	s, err := w.process().Get(t.Context(), l.ID)
	require.NoError(t, err)
	require.EqualValues(t, processes*each+1, s.Downloads)
	require.Equal(t, w.now, s.Last)
}

func TestSigner(t *testing.T) {
	w := newWorld(t)
	l, err := w.process().Make(t.Context(), w.asked("a.pgp"))
	require.NoError(t, err)
	signed, err := link.NewSigner(w.ring).Sign(l.ID)
	require.NoError(t, err)
	require.Len(t, signed, 43)
	id, ok := link.NewSigner(w.ring).Read(signed)
	require.True(t, ok)
	require.Equal(t, l.ID, id)
	_, ok = link.NewSigner(newWorld(t).ring).Read(signed)
	require.False(t, ok, "of another deployment")

	old, _ := w.ring.Key("k1")
	fresh, _ := newWorld(t).ring.Key("k1")
	rotated, err := seal.NewRing("k2", map[string][]byte{"k1": old, "k2": fresh})
	require.NoError(t, err)
	_, ok = link.NewSigner(rotated).Read(signed)
	require.True(t, ok, "of the key before")
	newer, err := link.NewSigner(rotated).Sign(l.ID)
	require.NoError(t, err)
	require.NotEqual(t, signed, newer)
}

// Nothing but the signer's own text is read.
func TestForged(t *testing.T) {
	w := newWorld(t)
	l, err := w.process().Make(t.Context(), w.asked("a.pgp"))
	require.NoError(t, err)
	signer := link.NewSigner(w.ring)
	signed, err := signer.Sign(l.ID)
	require.NoError(t, err)
	raw, err := base64.RawURLEncoding.DecodeString(signed)
	require.NoError(t, err)
	rapid.Check(t, func(t *rapid.T) {
		forged := append([]byte(nil), raw...)
		forged[rapid.IntRange(0, len(forged)-1).Draw(t, "byte")] ^= byte(1 << rapid.IntRange(0, 7).Draw(t, "bit"))
		for _, text := range []string{base64.RawURLEncoding.EncodeToString(forged), signed + "A", signed[1:], rapid.String().Draw(t, "text")} {
			if _, ok := signer.Read(text); ok {
				t.Fatalf("read %q", text)
			}
		}
	})
}
