package store

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
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
	files, err := f.sweepTemp(before)
	if err != nil {
		return files, fileFault("sweep", f.root, err)
	}
	folders, err := f.sweepFolders(ctx, before)
	if err != nil {
		return files, fileFault("sweep", f.root, err)
	}
	return files + folders, nil
}

func (f *File) sweepTemp(before time.Time) (removed int, err error) {
	temp := filepath.Join(f.root, tempFolder)
	entries, err := os.ReadDir(temp)
	for _, entry := range entries {
		if olderThan(entry, before) && os.Remove(filepath.Join(temp, entry.Name())) == nil {
			removed++
		}
	}
	return removed, err
}

func (f *File) sweepFolders(ctx context.Context, before time.Time) (removed int, err error) {
	var old []string
	err = filepath.WalkDir(f.root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		ours := path != f.root && path != filepath.Join(f.root, tempFolder)
		if err == nil && entry.IsDir() && ours && olderThan(entry, before) {
			old = append(old, path)
		}
		return ctx.Err()
	})
	if err != nil {
		return 0, err
	}
	for _, folder := range slices.Backward(old) { // children before parents
		if syscall.Rmdir(folder) == nil { // refuses a folder that is not empty
			f.forget(folder)
			removed++
		}
	}
	return removed, nil
}

func olderThan(entry fs.DirEntry, before time.Time) bool {
	info, err := entry.Info()
	return err == nil && info.ModTime().Before(before)
}
