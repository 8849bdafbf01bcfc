package tzdata_test

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/task/tzdata"
)

// The database is a pinned part of the program: a change of its bytes must come with a
// change of the version that is recorded beside every window.
func TestPinned(t *testing.T) {
	b, err := os.ReadFile("zoneinfo.zip")
	require.NoError(t, err)
	sum := sha256.Sum256(b)
	require.Equal(t, map[string]string{"2025c": "8f55634d05f8bca1f7bc7c69c5933428c69357e0bdf565e5ba224e3f88ff12e8"}[tzdata.Version], hex.EncodeToString(sum[:]))
}

func TestRaw(t *testing.T) {
	for _, name := range tzdata.Names() {
		b, ok := tzdata.Raw(name)
		require.True(t, ok, name)
		require.Equal(t, "TZif", string(b[:4]), name)
		loc, err := tzdata.Load(name)
		require.NoError(t, err)
		again, err := tzdata.Load(name)
		require.NoError(t, err)
		require.Same(t, loc, again)
	}
	for _, name := range []string{"", "Factory", "Europe/", "Nowhere"} {
		_, ok := tzdata.Raw(name)
		require.False(t, ok, name)
		_, err := tzdata.Load(name)
		require.Error(t, err, name)
	}
}

// One known rule, so that an empty or wrong archive cannot pass.
func TestKnownChange(t *testing.T) {
	loc, err := tzdata.Load("Europe/Madrid")
	require.NoError(t, err)
	before := time.Date(2027, time.March, 28, 0, 59, 59, 0, time.UTC).In(loc)
	require.Equal(t, "01:59:59", before.Format(time.TimeOnly))
	require.Equal(t, "03:00:00", before.Add(time.Second).Format(time.TimeOnly))
}
