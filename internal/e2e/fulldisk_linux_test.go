package e2e

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A full disk stops a run with one clear error and loses nothing; when there is room again
// the run goes on by itself.
func TestFullDisk(t *testing.T) {
	requireRoot(t, "a disk of its own")
	t.Run("store", func(t *testing.T) {
		t.Parallel()
		s := start(t, options{})
		require.NoError(t, s.Worker.Stop())
		require.NoError(t, s.API.Stop())
		disk := smallDisk(t, s.StoreDir(), 16<<20)
		require.NoError(t, s.StartWorker(t.Context()))
		require.NoError(t, s.StartAPI(t.Context()))
		// Room for the plan, not for what is fetched.
		testFullDisk(t, s, disk, 64<<10, "put pages/", "no space left", "free space", "the run then goes on by itself")
	})
	t.Run("partner", func(t *testing.T) {
		t.Parallel()
		s := start(t, options{})
		s.sftp.stop(t)
		disk := smallDisk(t, s.SFTPRoot(), 16<<20)
		s.sftp.start(t)
		testFullDisk(t, s, disk, 16<<10, "tried again: write /", "no space or quota is left", "free space on the server", "goes on from where it stopped")
	})
}

// testFullDisk fills the disk up to so many bytes after one green run, and frees it again
// when the next run has said why it waits.
func testFullDisk(t *testing.T, s *stack, disk string, room int, says ...string) {
	b := s.brand(t)
	id := b.task(t, spec("msg.messages", "csv"))
	require.Equal(t, "delivered", b.run(t, id, b.before(30*time.Hour, time.Hour)).Outcome)
	kept := map[string]map[string]string{b.cloud: b.contents(t, b.cloud), b.partner: b.contents(t, b.partner)}

	w := b.before(26*time.Hour, 12*time.Hour)
	free := fill(t, disk, room)
	run := b.begin(t, id, w)
	why := ""
	eventually(t, "the run says why it waits", func() bool {
		for _, step := range b.look(t, run).Steps {
			if strings.Contains(step.Detail, says[0]) {
				why = step.Detail
			}
		}
		return why != ""
	})
	requireClear(t, why, says...)
	require.Contains(t, b.starter(t, "run", "show", run), why)
	require.Equal(t, "running", b.look(t, run).Status)
	free()

	green := b.end(t, run)
	require.Equal(t, "delivered", green.Outcome, green.Error)
	want := s.world(t, byEnd, w).messages()
	for _, d := range []string{b.cloud, b.partner} {
		require.Equal(t, want, b.rows(t, green, d))
		now := b.contents(t, d)
		for name, content := range kept[d] {
			if name != filepath.Base(ballast) {
				require.Equal(t, content, now[name], name)
			}
		}
	}
}

// requireRoot skips a test that needs rights, or fails it where everything must be tested.
func requireRoot(t *testing.T, what string) {
	t.Helper()
	if os.Getuid() == 0 {
		return
	}
	if os.Getenv("REQUIRE_REAL") != "" {
		t.Fatal("root is needed for " + what)
	}
	t.Skip("root is needed for " + what)
}

// smallDisk mounts a disk of so many bytes over the folder for the time of the test.
func smallDisk(t *testing.T, dir string, bytes int) string {
	t.Helper()
	require.NoError(t, os.MkdirAll(dir, 0o700))
	err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d,mode=0700", bytes))
	if errors.Is(err, syscall.EPERM) && os.Getenv("REQUIRE_REAL") == "" {
		t.Skip("this machine does not let root mount a disk")
	}
	require.NoError(t, err)
	// Lazily, since the stack that uses it stops later.
	t.Cleanup(func() { require.NoError(t, syscall.Unmount(dir, syscall.MNT_DETACH)) })
	return dir
}

// ballast is the file that fills a disk.
const ballast = "ballast"

// fill writes the disk full but for so many bytes; the returned function frees it.
func fill(t *testing.T, disk string, room int) (free func()) {
	t.Helper()
	name := filepath.Join(disk, ballast)
	file, err := os.Create(name)
	require.NoError(t, err)
	defer file.Close()
	page := make([]byte, 4<<10)
	for err == nil {
		_, err = file.Write(page)
	}
	require.ErrorIs(t, err, syscall.ENOSPC)
	info, err := file.Stat()
	require.NoError(t, err)
	require.NoError(t, file.Truncate(info.Size()-int64(room)))
	return func() { require.NoError(t, os.Remove(name)) }
}
