//go:build linux

package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
)

// tinyDisk is the size of the file system that fillDisk writes to.
const tinyDisk = 256 << 10

// fillDisk mounts a tiny file system over the store's folder, in the child's own mount
// namespace, fills it, then makes it read-only.
func fillDisk(f *File, _ int) error {
	if err := syscall.Mount("tmpfs", f.root, "tmpfs", 0, fmt.Sprintf("size=%d", tinyDisk)); err != nil {
		return err
	}
	f, err := NewFile(f.root)
	if err != nil {
		return err
	}
	ctx := context.Background()
	if _, err := f.Put(ctx, "kept", strings.NewReader(oldText)); err != nil {
		return err
	}
	for name, write := range map[string]func(context.Context, string, io.Reader) (Info, error){"put": f.Put, "once": f.PutIfAbsent} {
		_, err := write(ctx, "kept", io.LimitReader(rand.NewChaCha8([32]byte{}), 2*tinyDisk))
		if !fault.Is(err, fault.StorageFull) || !strings.Contains(err.Error(), "free space") {
			return fmt.Errorf("%s on a full disk: %w", name, err)
		}
	}
	if _, err := f.Put(ctx, "kept", strings.NewReader(newText)); err != nil {
		return fmt.Errorf("the failed writes left no room: %w", err)
	}
	if err := syscall.Mount("", f.root, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		return err
	}
	if _, err := f.Put(ctx, "kept", strings.NewReader(oldText)); !fault.Is(err, fault.PermissionDenied) {
		return fmt.Errorf("put on a read-only disk: %w", err)
	}
	if _, err := NewFile(f.root); !fault.Is(err, fault.PermissionDenied) {
		return fmt.Errorf("open a read-only folder: %w", err)
	}
	info, err := f.Stat(ctx, "kept")
	if err != nil || info.Size != int64(len(newText)) {
		return errors.Join(err, fmt.Errorf("the object has %d bytes", info.Size))
	}
	return nil
}

func TestFullAndReadOnly(t *testing.T) {
	c := child("fill", t.TempDir(), 0)
	c.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWNS | syscall.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	var out strings.Builder
	c.Stderr = &out
	if err := c.Start(); errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.ENOSPC) {
		if os.Getenv("REQUIRE_REAL") == "1" {
			require.NoError(t, err, "REQUIRE_REAL=1: user namespaces are needed to mount a small disk")
		}
		t.Skip("this system lets no user mount a small disk")
	} else {
		require.NoError(t, err)
	}
	require.NoError(t, c.Wait(), "%s", &out)
}
