package staging_test

import (
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
	"transporter/internal/seal"
	"transporter/internal/staging"
	"transporter/internal/store"
)

// What an upload remembers outlives the process and may be replaced; where it lies it is
// sealed, for the address of an upload lets anybody write.
func TestJournal(t *testing.T) {
	st, err := store.NewFile(t.TempDir())
	require.NoError(t, err)
	box := newBox(t)
	const key, secret = "uploads/a/t/k", `{"Session":"https://storage.example.org/upload?upload_id=secret"}`
	none, err := staging.New(st, box).Journal(key).Load(t.Context())
	require.NoError(t, err)
	require.Nil(t, none)

	require.NoError(t, staging.New(st, box).Journal(key).Save(t.Context(), []byte("first")))
	require.NoError(t, staging.New(st, box).Journal(key).Save(t.Context(), []byte(secret)))
	kept, err := staging.New(st, box).Journal(key).Load(t.Context())
	require.NoError(t, err)
	require.Equal(t, secret, string(kept))

	raw, err := st.Open(t.Context(), key, 0)
	require.NoError(t, err)
	defer raw.Close()
	lies, err := io.ReadAll(raw)
	require.NoError(t, err)
	require.True(t, seal.IsSealed(lies))
	require.NotContains(t, string(lies), "upload_id")

	other, err := staging.New(st, box).Journal("uploads/a/t/other").Load(t.Context())
	require.NoError(t, err)
	require.Nil(t, other)
	_, err = staging.New(st, newBox(t)).Journal(key).Load(t.Context())
	require.Error(t, err, "under another key nobody reads it")
	require.False(t, fault.KindOf(err).Retryable(), "%v", err)

	for range 2 {
		require.NoError(t, staging.New(st, box).Journal(key).Save(t.Context(), nil))
	}
	none, err = staging.New(st, box).Journal(key).Load(t.Context())
	require.NoError(t, err)
	require.Nil(t, none)
}
