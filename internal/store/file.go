package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"sync"

	"transporter/internal/fault"
)

const (
	// tempFolder holds what is being written. It lies in the store's folder, so that link
	// and rename stay within one file system; "@" is in no key, so it is never listed.
	tempFolder = "@tmp"

	fileMode   fs.FileMode = 0o600 // contents are for our user alone
	folderMode fs.FileMode = 0o700
)

// File is the driver that keeps objects as files below a folder of a local POSIX file
// system. Any number of processes may use the folder at once. All of it must be one file
// system: objects are written and synced in a subfolder, then moved into place with
// rename(2) or, for PutIfAbsent, link(2), which never replaces.
type File struct {
	root    string
	folders sync.Map // folders known to be synced into their parents

	// step is called before every system call that changes something, with its name and
	// path; tests make it fail or kill the process.
	step func(name, path string) error
}

var _ Store = (*File)(nil)

func openFile(_ context.Context, u *url.URL) (Store, error) {
	if u.Host != "" || !filepath.IsAbs(u.Path) {
		return nil, fault.New(fault.InvalidSpec, "store URL %q: the folder must be absolute", u.Redacted()).
			WithFix("write three slashes: file:///var/lib/transporter")
	}
	return NewFile(u.Path)
}

// NewFile opens the folder as a store, making it (mode 0700) if needed. A folder that
// cannot be written is fault.PermissionDenied.
func NewFile(folder string) (*File, error) {
	root, err := filepath.Abs(folder)
	if err != nil {
		return nil, fmt.Errorf("open store %s: %w", folder, err)
	}
	f := &File{root: root, step: func(string, string) error { return nil }}
	if err := f.makeFolder(filepath.Join(root, tempFolder)); err != nil {
		return nil, fileFault("open store", root, err)
	}
	probe, err := os.CreateTemp(filepath.Join(root, tempFolder), "probe-")
	if err != nil {
		return nil, fileFault("open store", root, err)
	}
	if err := errors.Join(probe.Close(), os.Remove(probe.Name())); err != nil {
		return nil, fileFault("open store", root, err)
	}
	return f, nil
}

// Open implements Store.
func (f *File) Open(_ context.Context, key string, offset int64) (io.ReadCloser, error) {
	file, _, err := f.open(key)
	if err != nil {
		return nil, err
	}
	if _, err := file.Seek(offset, io.SeekStart); err != nil {
		return nil, errors.Join(fileFault("open", key, err), file.Close())
	}
	return file, nil
}

// Stat implements Store.
func (f *File) Stat(_ context.Context, key string) (Info, error) {
	file, info, err := f.open(key)
	if err != nil {
		return Info{}, err
	}
	return info, file.Close()
}

// open opens a regular file; anything else, and nothing, does not exist.
func (f *File) open(key string) (*os.File, Info, error) {
	if err := CheckKey(key); err != nil {
		return nil, Info{}, err
	}
	file, err := os.Open(f.path(key))
	if errors.Is(err, fs.ErrNotExist) || isNotFolder(err) {
		return nil, Info{}, fmt.Errorf("open %s: %w", key, ErrNotExist)
	}
	if err != nil {
		return nil, Info{}, fileFault("open", key, err)
	}
	stat, err := file.Stat()
	if err != nil {
		return nil, Info{}, errors.Join(fileFault("open", key, err), file.Close())
	}
	if !stat.Mode().IsRegular() {
		return nil, Info{}, errors.Join(fmt.Errorf("open %s: %w", key, ErrNotExist), file.Close())
	}
	return file, Info{Key: key, Size: stat.Size(), ModTime: stat.ModTime()}, nil
}

// Delete implements Store. The emptied folder stays until Sweep.
func (f *File) Delete(_ context.Context, key string) error {
	if err := CheckKey(key); err != nil {
		return err
	}
	path := f.path(key)
	stat, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) || isNotFolder(err) || (err == nil && stat.IsDir()) {
		return nil
	}
	if err != nil {
		return fileFault("delete", key, err)
	}
	if err := f.remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fileFault("delete", key, err)
	}
	if err := f.syncFolder(filepath.Dir(path)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fileFault("delete", key, err)
	}
	return nil
}

func (f *File) path(key string) string {
	return filepath.Join(f.root, filepath.FromSlash(key))
}
