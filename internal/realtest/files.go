package realtest

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Files returns the names of the files in a folder, which is where a server keeps objects.
func Files(t testing.TB, folder string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	for _, e := range entries {
		if e.Type().IsRegular() {
			names = append(names, e.Name())
		}
	}
	return names
}

// Age makes the files in a folder older.
func Age(t testing.TB, folder string, by time.Duration) {
	t.Helper()
	for _, name := range Files(t, folder) {
		at := filepath.Join(folder, name)
		info, err := os.Stat(at)
		require.NoError(t, err)
		require.NoError(t, os.Chtimes(at, info.ModTime().Add(-by), info.ModTime().Add(-by)))
	}
}

// Spoil opens every file that is not empty, below a folder and of a path that is wanted; last is
// where its last byte is. It returns how many there were.
func Spoil(t testing.TB, folder string, wanted func(path string) bool, spoil func(file *os.File, last int64)) (spoilt int) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() || !wanted(path) {
			return err
		}
		file, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			return err
		}
		defer file.Close()
		info, err := file.Stat()
		if err == nil && info.Size() > 0 {
			spoilt++
			spoil(file, info.Size()-1)
		}
		return err
	}))
	return spoilt
}

// FlipLast flips a bit of a file's last byte.
func FlipLast(t testing.TB, file *os.File, last int64) {
	t.Helper()
	old := make([]byte, 1)
	_, err := file.ReadAt(old, last)
	require.NoError(t, err)
	_, err = file.WriteAt([]byte{old[0] ^ 1}, last)
	require.NoError(t, err)
}
