package store

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"transporter/internal/fault"
)

// placeTries bounds how often a folder that Sweep took away meanwhile is made again.
const placeTries = 5

// copyBytes are written at a time: more than a chunk of a sealed object has.
const copyBytes = 128 << 10

// Put implements Store.
func (f *File) Put(ctx context.Context, key string, r io.Reader) (Info, error) {
	return f.put(ctx, key, r, func(temp, path string) error {
		if err := f.step("rename", path); err != nil {
			return err
		}
		return os.Rename(temp, path)
	})
}

// PutIfAbsent implements Store: link(2) fails when the name is taken, in every process.
func (f *File) PutIfAbsent(ctx context.Context, key string, r io.Reader) (Info, error) {
	return f.put(ctx, key, r, func(temp, path string) error {
		if err := f.step("link", path); err != nil {
			return err
		}
		return os.Link(temp, path)
	})
}

// put writes and syncs a temporary file, then places it under its name.
func (f *File) put(ctx context.Context, key string, r io.Reader, place func(temp, path string) error) (Info, error) {
	if err := CheckKey(key); err != nil {
		return Info{}, err
	}
	temp := filepath.Join(f.root, tempFolder, rand.Text())
	defer func() { _ = os.Remove(temp) }() // gone after a rename; a leftover is Sweep's
	stat, err := f.writeTemp(ctx, temp, r)
	if err != nil {
		return Info{}, fileFault("put", key, err)
	}
	path := f.path(key)
	err = f.place(path, func() error { return place(temp, path) })
	// Even who lost must not build on a name that a power cut takes away again.
	if err == nil || errors.Is(err, ErrExists) {
		if syncErr := f.syncFolder(filepath.Dir(path)); syncErr != nil {
			err = syncErr
		}
	}
	if err != nil {
		return Info{}, fileFault("put", key, err)
	}
	return Info{Key: key, Size: stat.Size(), ModTime: stat.ModTime()}, nil
}

func (f *File) writeTemp(ctx context.Context, temp string, r io.Reader) (stat fs.FileInfo, err error) {
	if err := f.step("create", temp); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return nil, err
	}
	defer func() {
		if closeErr := file.Close(); err == nil {
			err = closeErr
		}
	}()
	if _, err := io.CopyBuffer(&stepWriter{file, f}, &contextReader{ctx, r}, make([]byte, copyBytes)); err != nil {
		return nil, err
	}
	if err := f.step("sync", temp); err != nil {
		return nil, err
	}
	if err := file.Sync(); err != nil {
		return nil, err
	}
	return file.Stat()
}

// place runs link or rename, making the folders it needs.
func (f *File) place(path string, move func() error) error {
	var err error
	for range placeTries {
		if err = f.makeFolder(filepath.Dir(path)); err != nil {
			if !errors.Is(err, fs.ErrNotExist) {
				return err
			}
			continue
		}
		err = move()
		stat, statErr := os.Lstat(path)
		occupied := err != nil && statErr == nil && stat.IsDir()
		switch {
		case occupied && syscall.Rmdir(path) == nil: // an empty folder is nobody's
		case occupied:
			return fault.New(fault.InvalidSpec, "other keys lie below this one")
		case errors.Is(err, fs.ErrExist):
			return ErrExists
		case errors.Is(err, fs.ErrNotExist):
			f.forget(filepath.Dir(path))
		default:
			return err
		}
	}
	return fmt.Errorf("folder does not stay: %w", err)
}

// stepWriter lets tests interrupt between two writes.
type stepWriter struct {
	file  *os.File
	store *File
}

func (w *stepWriter) Write(p []byte) (int, error) {
	if err := w.store.step("write", w.file.Name()); err != nil {
		return 0, err
	}
	return w.file.Write(p)
}

// contextReader ends with the context's error once that is done, also at the end of r.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c *contextReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if ctxErr := c.ctx.Err(); ctxErr != nil {
		return 0, ctxErr
	}
	return n, err
}
