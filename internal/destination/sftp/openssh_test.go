package sftp

import (
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/sshdtest"
	"transporter/internal/sshlogin"
)

// opensshConfig returns how to deliver into a folder of the server's jail.
func opensshConfig(s *sshdtest.Server, folder string) Config {
	return Config{
		Host: "127.0.0.1", Port: s.Port, Directory: s.Directory(folder), User: s.User, Password: secret(sshdtest.Password),
		HostKeys: s.HostKeys(), Dial: dialAny,
	}
}

// authorize lets the owner of the private key log in.
func authorize(t testing.TB, s *sshdtest.Server, key, passphrase string) {
	t.Helper()
	signer, err := sshlogin.ParseKey(key, passphrase)
	require.NoError(t, err)
	s.Authorize(t, signer.PublicKey())
}
