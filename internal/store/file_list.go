package store

import (
	"context"
	"errors"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// List implements Store. It holds the names of one folder a level in memory.
func (f *File) List(ctx context.Context, prefix string) iter.Seq2[Info, error] {
	return func(yield func(Info, error) bool) {
		if err := CheckPrefix(prefix); err != nil {
			yield(Info{}, err)
			return
		}
		folder, rest, _ := cutLast(prefix)
		f.walk(ctx, folder, rest, yield)
	}
}

// walk yields what lies in the folder under names that begin with namePrefix, and below.
// It returns false when the caller has had enough.
func (f *File) walk(ctx context.Context, folder, namePrefix string, yield func(Info, error) bool) bool {
	entries, err := os.ReadDir(f.path(folder))
	if err == nil {
		err = ctx.Err()
	}
	if errors.Is(err, fs.ErrNotExist) || isNotFolder(err) {
		return true
	}
	if err != nil {
		yield(Info{}, fileFault("list", folder, err))
		return false
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(keyOrder(a), keyOrder(b)) })
	for _, entry := range entries {
		if !strings.HasPrefix(entry.Name(), namePrefix) || !validPart(entry.Name()) {
			continue
		}
		key := strings.TrimPrefix(folder+"/"+entry.Name(), "/")
		if entry.IsDir() {
			if !f.walk(ctx, key, "", yield) {
				return false
			}
			continue
		}
		if !f.yieldFile(key, entry, yield) {
			return false
		}
	}
	return true
}

func (f *File) yieldFile(key string, entry fs.DirEntry, yield func(Info, error) bool) bool {
	stat, err := entry.Info()
	switch {
	case errors.Is(err, fs.ErrNotExist): // deleted since the folder was read
		return true
	case err != nil:
		yield(Info{}, fileFault("list", key, err))
		return false
	case !stat.Mode().IsRegular():
		return true
	}
	return yield(Info{Key: key, Size: stat.Size(), ModTime: stat.ModTime()}, nil)
}

// keyOrder sorts a folder where its objects' keys sort: "a-b" before "a/…".
func keyOrder(entry fs.DirEntry) string {
	if entry.IsDir() {
		return entry.Name() + string(filepath.Separator)
	}
	return entry.Name()
}
