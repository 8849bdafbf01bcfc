package store_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
	"transporter/internal/store"
	"transporter/internal/store/storetest"
)

func newFile(t *testing.T) *store.File {
	f, err := store.NewFile(t.TempDir())
	require.NoError(t, err)
	return f
}

func TestFile(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store { return newFile(t) })
}

func TestFileKeepsContentsPrivate(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "made", "here")
	st, err := store.Open(context.Background(), "file://"+folder)
	require.NoError(t, err)
	_, err = st.Put(context.Background(), "a/b", strings.NewReader("x"))
	require.NoError(t, err)
	for path, mode := range map[string]os.FileMode{"": 0o700, "a": 0o700, "a/b": 0o600, "@tmp": 0o700} {
		stat, err := os.Stat(filepath.Join(folder, path))
		require.NoError(t, err)
		require.Equal(t, mode, stat.Mode().Perm(), path)
	}
	left, err := os.ReadDir(filepath.Join(folder, "@tmp"))
	require.NoError(t, err)
	require.Empty(t, left, "nothing is left behind by what went well")
}

func TestFileRefusesKeysBelowAKey(t *testing.T) {
	ctx := context.Background()
	st := newFile(t)
	_, err := st.Put(ctx, "a/b", strings.NewReader("x"))
	require.NoError(t, err)
	for _, key := range []string{"a", "a/b/c", "a/b/c/d"} {
		_, err := st.Put(ctx, key, strings.NewReader("y"))
		require.True(t, fault.Is(err, fault.InvalidSpec), "%s: %v", key, err)
		_, err = st.PutIfAbsent(ctx, key, strings.NewReader("y"))
		require.True(t, fault.Is(err, fault.InvalidSpec), "%s: %v", key, err)
		require.NotErrorIs(t, err, store.ErrExists)
	}
}

func TestOpenURLs(t *testing.T) {
	for name, url := range map[string]string{
		"relative": "file://folder", "unknown scheme": "ftp://host/x", "no scheme": "/var/x", "not a URL": "file://%zz",
		"no path": "file://",
	} {
		_, err := store.Open(context.Background(), url)
		require.True(t, fault.Is(err, fault.InvalidSpec), "%s: %v", name, err)
	}
	_, err := store.Open(context.Background(), "s3://user:hunter2@bucket")
	require.NotContains(t, err.Error(), "hunter2")
}

func TestSweep(t *testing.T) {
	ctx := context.Background()
	folder := t.TempDir()
	st, err := store.NewFile(folder)
	require.NoError(t, err)
	_, err = st.Put(ctx, "kept/x", strings.NewReader("x"))
	require.NoError(t, err)
	_, err = st.Put(ctx, "gone/deep/x", strings.NewReader("x"))
	require.NoError(t, err)
	require.NoError(t, st.Delete(ctx, "gone/deep/x"))
	orphan := filepath.Join(folder, "@tmp", "orphan")
	require.NoError(t, os.WriteFile(orphan, []byte("half"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "@tmp", "busy"), []byte("half"), 0o600))
	old := time.Now().Add(-48 * time.Hour)
	for _, path := range []string{"@tmp/orphan", "@tmp", "gone/deep", "gone", "kept/x", "kept", ""} {
		require.NoError(t, os.Chtimes(filepath.Join(folder, path), old, old))
	}

	n, err := st.Sweep(ctx, time.Now().Add(-24*time.Hour))
	require.NoError(t, err)
	require.Equal(t, 3, n, "the orphan and two empty folders")
	require.NoFileExists(t, orphan)
	require.NoDirExists(t, filepath.Join(folder, "gone"))
	require.FileExists(t, filepath.Join(folder, "@tmp", "busy"))
	require.FileExists(t, filepath.Join(folder, "kept", "x"))

	_, err = st.PutIfAbsent(ctx, "gone/deep/x", strings.NewReader("back"))
	require.NoError(t, err, "a folder that was swept is made again")
}

func TestFileWithoutRights(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may write everywhere; the read-only file system of TestFullAndReadOnly covers it")
	}
	folder := t.TempDir()
	require.NoError(t, os.Chmod(folder, 0o500))
	_, err := store.NewFile(folder)
	require.True(t, fault.Is(err, fault.PermissionDenied), "%v", err)
}
