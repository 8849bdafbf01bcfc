package sftp

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
	"transporter/internal/realtest"
	"transporter/internal/sshdtest"
)

// What a server refuses is one error in one line that says what would be right, and when
// the leg is given up nothing is left.
func TestOpenSSHRefuses(t *testing.T) {
	server := sshdtest.Start(t, "")
	server.Folder(t, "small", 0o700)
	mountSmall(t, filepath.Join(server.Jail, "small"))
	server.Folder(t, "small", 0o700)
	cases := []struct {
		name string
		edit func(c *Config)
		file string
		kind fault.Kind
		says []string
	}{
		{"denied", func(c *Config) { c.Directory = "/locked" }, "report.csv", fault.PermissionDenied, []string{"report.csv", "give " + server.User + " the right"}},
		{"denied, in a folder of its own", func(c *Config) { c.Directory = "/locked" }, "2026/report.csv", fault.PermissionDenied, []string{"2026", "give " + server.User + " the right"}},
		{"missing directory", func(c *Config) { c.Directory = "/nowhere" }, "report.csv", fault.NotFound, []string{"/nowhere", "check the destination's directory"}},
		{"missing directory, in a folder of its own", func(c *Config) { c.Directory = "/nowhere" }, "2026/report.csv", fault.NotFound, []string{"/nowhere", "check the destination's directory"}},
		{"full disk", func(c *Config) { c.Directory = "/small" }, "report.csv", fault.StorageFull, []string{"report.csv", "free space on the server"}},
		{"wrong password", func(c *Config) { c.Password = secret("not-the-password") }, "report.csv", fault.AuthFailed, []string{server.User, "check user, password and private key"}},
		{"wrong host key", func(c *Config) { c.HostKeys = []string{"SHA256:" + strings.Repeat("A", 43)} }, "report.csv", fault.PermissionDenied, []string{"SHA256:AAAA", "hostKeys"}},
		{"a name that no server takes", nil, strings.Repeat("n", 232), fault.InvalidSpec, []string{"fileName", "231 bytes"}},
		{"a path that no server takes", nil, strings.Repeat("n/", 1000) + "n", fault.InvalidSpec, []string{"fileName", "shorten"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			config := opensshConfig(server, "outbox")
			if c.edit != nil {
				c.edit(&config)
			}
			requireRefusal(t, config, c.file, c.kind, c.says...)
			for _, folder := range []string{"outbox", "locked", "small"} {
				left, err := os.ReadDir(filepath.Join(server.Jail, folder))
				require.NoError(t, err)
				require.Empty(t, left, folder)
			}
		})
	}
}

// requireRefusal delivers nine megabytes, gives them up as a leg does, and holds the error
// against what is said of it.
func requireRefusal(t *testing.T, config Config, name string, kind fault.Kind, says ...string) {
	t.Helper()
	f, _ := realFile(name, 9<<20)
	s, err := mustNew(t, config).Connect(t.Context())
	if err == nil {
		defer s.Close()
		err = s.Upload(t.Context(), f, realToken, func(int64) {})
		if discardErr := s.Discard(t.Context(), f, realToken); kind != fault.InvalidSpec {
			require.NoError(t, discardErr)
		}
	}
	require.Equal(t, kind, fault.KindOf(err), "%v", err)
	for _, text := range says {
		require.ErrorContains(t, err, text)
	}
	require.NotContains(t, err.Error(), "\n")
	require.NotContains(t, err.Error(), "not-the-password")
}

// A server that stores files under encrypted, and so longer, names takes short ones only,
// and does not say why it fails.
func TestServerWithShortNames(t *testing.T) {
	root := t.TempDir()
	obscured := strings.TrimSpace(output(t, "rclone", "obscure", "of-the-names"))
	config := startRclone(t, ":crypt,remote="+root+",password="+obscured+":")
	requireRefusal(t, config, strings.Repeat("n", 190)+".csv", fault.InvalidSpec, "fileName", "217 bytes", "shorten the file name")
	left, err := os.ReadDir(root)
	require.NoError(t, err)
	require.Empty(t, left)

	f, _ := realFile(strings.Repeat("n", 90)+".csv", 1<<20)
	s, err := mustNew(t, config).Connect(t.Context())
	require.NoError(t, err)
	defer s.Close()
	require.NoError(t, s.Upload(t.Context(), f, realToken, func(int64) {}))
	require.NoError(t, s.Publish(t.Context(), f, realToken, false))
}

func TestPiecesFollowTheLine(t *testing.T) {
	t.Parallel()
	size := firstPiece
	for range 10 {
		size = nextPiece(size, 10*time.Millisecond)
	}
	require.Equal(t, pieceSize, size, "a fast line")
	for range 20 {
		size = nextPiece(size, time.Duration(size)*time.Second/1000)
	}
	require.LessOrEqual(t, size, 5_000, "1 kB/s")
	require.GreaterOrEqual(t, size, leastPiece)
	require.Equal(t, 64<<10, nextPiece(64<<10, 3*time.Second))
}

// output runs a program of Debian's rclone and returns what it prints.
func output(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(realtest.Program(t, name, name), args...).Output()
	require.NoError(t, err)
	return string(out)
}
