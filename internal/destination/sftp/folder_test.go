package sftp

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/destination"
	"transporter/internal/destination/destinationtest"
)

// folderPeer looks at the served folder directly.
func folderPeer(d destination.Destination, folder string) destinationtest.Peer {
	return destinationtest.Peer{
		Destination: d,
		Highest:     destination.Bytes,
		Resumes:     true,
		OnDemand:    true,
		Plant: func(t *testing.T, name string, content []byte) {
			file := filepath.Join(folder, name)
			require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o777))
			require.NoError(t, os.WriteFile(file, content, 0o666))
		},
		Read: func(t *testing.T, name string) ([]byte, bool) {
			content, err := os.ReadFile(filepath.Join(folder, name))
			if os.IsNotExist(err) {
				return nil, false
			}
			require.NoError(t, err)
			return content, true
		},
		Temps:  func(t *testing.T) int { return len(tempFiles(t, folder)) },
		Damage: func(t *testing.T) { damage(t, tempFiles(t, folder)) },
	}
}

func tempFiles(t *testing.T, folder string) []string {
	return slices.DeleteFunc(allFiles(t, folder), func(file string) bool { return !strings.HasSuffix(file, ".part") })
}

func allFiles(t *testing.T, folder string) (files []string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(file string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			files = append(files, file)
		}
		return err
	})
	require.NoError(t, err)
	return files
}

// damage flips the last byte of files.
func damage(t *testing.T, files []string) {
	t.Helper()
	for _, file := range files {
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		content[len(content)-1] ^= 1
		require.NoError(t, os.WriteFile(file, content, 0o600))
	}
}

// shorten takes the last byte of files away.
func shorten(t *testing.T, files []string) {
	t.Helper()
	for _, file := range files {
		info, err := os.Stat(file)
		require.NoError(t, err)
		require.NoError(t, os.Truncate(file, info.Size()-1))
	}
}
