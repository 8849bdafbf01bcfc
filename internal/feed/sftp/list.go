package sftp

import (
	"context"
	"errors"
	"io/fs"
	"iter"
	"os"
	"slices"
	"strings"

	"transporter/internal/fault"
	"transporter/internal/feed"
)

// List implements feed.Door. Objects have no ETag, and their times whole seconds.
func (d *Door) List(ctx context.Context, prefix string) iter.Seq2[feed.Object, error] {
	return func(yield func(feed.Object, error) bool) {
		s, err := d.connect(ctx)
		if err != nil {
			yield(feed.Object{}, err)
			return
		}
		defer s.close()
		cut := strings.LastIndexByte(prefix, '/') + 1
		d.walk(ctx, s, prefix[:cut], prefix[cut:], yield)
	}
}

// walk yields the objects below a folder whose names begin with the text, in ascending order of keys;
// false ends it.
func (d *Door) walk(ctx context.Context, s *session, folder, begin string, yield func(feed.Object, error) bool) bool {
	entries, err := d.entries(ctx, s, folder)
	if err != nil {
		yield(feed.Object{}, err)
		return false
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), begin) {
			continue
		}
		var goOn bool
		key := folder + e.Name()
		if e.IsDir() {
			goOn = d.walk(ctx, s, key+"/", "", yield)
		} else {
			goOn = yield(feed.Object{Key: key, Size: e.Size(), Modified: e.ModTime().UTC()}, nil)
		}
		if !goOn {
			return false
		}
	}
	return true
}

// Folders implements feed.Door.
func (d *Door) Folders(ctx context.Context, folder string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		s, err := d.connect(ctx)
		if err != nil {
			yield("", err)
			return
		}
		defer s.close()
		entries, err := d.entries(ctx, s, folder)
		if err != nil {
			yield("", err)
			return
		}
		for _, e := range entries {
			if e.IsDir() && !yield(e.Name(), nil) {
				return
			}
		}
	}
}

// entries returns the folders and regular files of a folder in the order of their keys; one that is
// not there has none, unless it is the door's own.
func (d *Door) entries(ctx context.Context, s *session, folder string) ([]os.FileInfo, error) {
	all, err := s.ReadDirContext(ctx, d.path(folder))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, d.hasRoot(ctx, s)
	case err != nil:
		return nil, d.classify(ctx, "list", d.path(folder), err)
	}
	all = slices.DeleteFunc(all, func(e os.FileInfo) bool { return !e.IsDir() && !e.Mode().IsRegular() })
	slices.SortFunc(all, func(a, b os.FileInfo) int { return strings.Compare(inKey(a), inKey(b)) })
	return all, nil
}

// inKey is the name as it goes on in keys: what is below a folder comes after its slash.
func inKey(e os.FileInfo) string {
	if e.IsDir() {
		return e.Name() + "/"
	}
	return e.Name()
}

// hasRoot tells an export that has not come from a folder that is wrong.
func (d *Door) hasRoot(ctx context.Context, s *session) error {
	_, err := s.Stat(d.root)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fault.New(fault.NotFound, "%s has no folder %s", d.login.Address(), d.root).WithField("feeds.sftp.directory").
			WithFix("give the folder above the feeds, or leave it out for where the login lands")
	case err != nil:
		return d.classify(ctx, "look at", d.root, err)
	}
	return nil
}
