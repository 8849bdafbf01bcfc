package store

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// Sweeper is a store that crashes leave litter in. Maintenance calls it now and then.
type Sweeper interface {
	// Sweep removes what crashed writers left before the time, and reports how many
	// things it removed. A day ago is right: no writer pauses that long.
	Sweep(ctx context.Context, before time.Time) (int, error)
}

var _ Sweeper = (*File)(nil)

// Sweep implements Sweeper: temporary files and empty folders not touched since before.
// It is safe beside writers; one whose folder goes makes it again.
func (f *File) Sweep(ctx context.Context, before time.Time) (int, error) {
	removed := 0
	var folders []string
	err := filepath.WalkDir(f.root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return errors.Join(err, ctx.Err())
		}
		if err != nil || !olderThan(entry, before) {
			return ctx.Err()
		}
		temp := filepath.Dir(path) == filepath.Join(f.root, tempFolder)
		switch {
		case entry.IsDir() && path != f.root && entry.Name() != tempFolder:
			folders = append(folders, path)
		case temp && os.Remove(path) == nil:
			removed++
		}
		return ctx.Err()
	})
	if err != nil {
		return removed, fileFault("sweep", f.root, err)
	}
	for i := len(folders) - 1; i >= 0; i-- { // children before parents
		if syscall.Rmdir(folders[i]) == nil { // refuses a folder that is not empty
			f.forget(folders[i])
			removed++
		}
	}
	return removed, nil
}

func olderThan(entry fs.DirEntry, before time.Time) bool {
	info, err := entry.Info()
	return err == nil && info.ModTime().Before(before)
}
