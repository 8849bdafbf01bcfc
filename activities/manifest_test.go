package activities_test

import (
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/contract"
	"transporter/internal/manifest"
)

// read returns what lies at the destination under the name.
func (b *bench) read(name string) []byte {
	b.t.Helper()
	d, err := b.Destination(b.t.Context(), "", b.account().Destinations["shelf"])
	require.NoError(b.t, err)
	session, err := d.Connect(b.t.Context())
	require.NoError(b.t, err)
	defer session.Close()
	f, err := session.Open(b.t.Context(), name)
	require.NoError(b.t, err)
	defer f.Close()
	text, err := io.ReadAll(f)
	require.NoError(b.t, err)
	return text
}

// The manifest beside a delivery is signed, names the window before its own, and is the same
// bytes whenever it is published again.
func TestManifestIsSignedAndNamesTheWindowBefore(t *testing.T) {
	b := newBench(t)
	plan, err := b.plan("w1", 1)
	require.NoError(t, err)
	leg := b.prepare(plan)
	_, err = do[contract.PublishOut](b.run.Publish, leg)
	require.NoError(t, err)
	const name = "cfg.users_20261119T000000Z_20261120T000000Z.manifest.json"
	text := b.read(name)
	m, err := manifest.Read(text, b.public)
	require.NoError(t, err)
	require.Equal(t, "cfg.users@1.0", m.Report)
	require.Equal(t, plan.Legs[0].ID, m.Leg)
	require.Equal(t, day.From, m.From.UnixMilli())
	require.Equal(t, m.From.Add(-24*time.Hour), m.Previous.From)
	require.Equal(t, m.From, m.Previous.To)
	require.Empty(t, m.Files)
	require.False(t, m.SkipsEmpty, "windows without rows have a manifest")

	_, err = do[contract.PublishOut](b.run.Publish, leg)
	require.NoError(t, err)
	require.Equal(t, text, b.read(name))
}
