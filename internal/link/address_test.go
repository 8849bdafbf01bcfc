package link_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/destination"
	"transporter/internal/fault"
	"transporter/internal/link"
)

const day = 24 * time.Hour

// An address leads to the link of the file, and lives no longer than the file is kept.
func TestAddresses(t *testing.T) {
	w := newWorld(t)
	info, err := w.store.Put(t.Context(), "artefacts/acme/x", strings.NewReader("pgp"))
	require.NoError(t, err)
	stat, err := w.store.Stat(t.Context(), info.Key)
	require.NoError(t, err)
	w.now = stat.ModTime
	f := destination.File{Name: "a.csv.pgp", Size: 3, SHA256: "ab", Kept: info.Key, About: destination.About{Delivery: delivery.Key()}}
	made := link.NewAddresses(w.process(), link.NewSigner(w.ring), "https://files.example.com/transporter/", 14*day)

	for name, c := range map[string]struct{ asked, lives time.Duration }{"as asked": {7 * day, 7 * day}, "no longer than the file": {28 * day, 14 * day}} {
		t.Run(name, func(t *testing.T) {
			f := f
			f.Name = name
			got, err := made.Make(t.Context(), f, w.now.Add(c.asked))
			require.NoError(t, err)
			require.Equal(t, w.now.Add(c.lives).UTC().Truncate(time.Second), got.Expires)
			signed, ok := strings.CutPrefix(got.URL, "https://files.example.com/transporter/d/")
			require.True(t, ok, got.URL)
			id, ok := link.NewSigner(w.ring).Read(signed)
			require.True(t, ok)
			s, err := w.process().Get(t.Context(), id)
			require.NoError(t, err)
			require.Equal(t, info.Key, s.Ref.Key)
			again, err := made.Make(t.Context(), f, w.now.Add(c.asked+day))
			require.NoError(t, err)
			require.Equal(t, got, again)
		})
	}

	clear, gone := f, f
	clear.Kept, gone.Kept = "", "artefacts/acme/y"
	for _, c := range []struct {
		f    destination.File
		kind fault.Kind
	}{{clear, fault.InvalidSpec}, {gone, fault.NotFound}} {
		_, err := made.Make(t.Context(), c.f, w.now.Add(day))
		require.True(t, fault.Is(err, c.kind), "%v", err)
	}
}
