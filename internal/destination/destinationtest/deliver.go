package destinationtest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/destination"
	"transporter/internal/fault"
)

// Connect opens a session until the test ends.
func Connect(t testing.TB, d destination.Destination) destination.Session {
	t.Helper()
	s, err := d.Connect(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { s.Close() })
	return s
}

// Deliver uploads a file, verifies it as it wants to be and publishes it.
func Deliver(t testing.TB, s destination.Session, f destination.File, token string) {
	t.Helper()
	require.NoError(t, s.Upload(t.Context(), f, token, ignoreProgress))
	_, err := s.Verify(t.Context(), f, token, f.Want)
	require.NoError(t, err)
	require.NoError(t, s.Publish(t.Context(), f, token, false))
}

// Refusal is what a person is told of a place that does not take files.
type Refusal struct {
	Kind  fault.Kind
	Field string
	Text  string // that the error holds
}

// Refuses uploads the file and requires the refusal, in one line without the secret, and that
// nothing is remembered of the upload.
func Refuses(t testing.TB, d destination.Destination, f destination.File, want Refusal, secret string) {
	t.Helper()
	err := Connect(t, d).Upload(t.Context(), f, tokenA, ignoreProgress)
	var said *fault.Error
	require.ErrorAs(t, err, &said)
	require.Equal(t, want.Kind, said.Kind, "%v", err)
	require.Equal(t, want.Field, said.Field, "%v", err)
	require.ErrorContains(t, err, want.Text)
	require.NotContains(t, err.Error(), secret)
	require.NotContains(t, err.Error(), "\n")
	kept, err := f.Journal.Load(t.Context())
	require.NoError(t, err)
	require.Empty(t, kept)
}
