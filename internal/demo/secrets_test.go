package demo

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// A state keeps its secrets, and one of an earlier version gets those that are new.
func TestSecretsOfAState(t *testing.T) {
	state := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(state, "secrets.json"), []byte(`{"passphrase":"of before"}`), 0o600))
	s, err := openSecrets(state)
	require.NoError(t, err)
	require.Equal(t, "of before", s.Passphrase)
	require.NotEmpty(t, s.LoginPassword)
	again, err := openSecrets(state)
	require.NoError(t, err)
	require.Equal(t, s, again)

	require.NoError(t, os.WriteFile(filepath.Join(state, "secrets.json"), []byte(`{`), 0o600))
	_, err = openSecrets(state)
	require.ErrorContains(t, err, "read the demo's secrets")
}
