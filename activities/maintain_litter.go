package activities

import (
	"context"
	"path"
	"strings"
	"time"

	"transporter/internal/contract"
	"transporter/internal/store"
)

// attemptFor is how long an attempt object may wait for the commit record that names it: no
// attempt of a step takes as long.
const attemptFor = 2 * 24 * time.Hour

const (
	packedFolder = "packed-" // of an encrypted file, see packer.file
	attemptMark  = "~"       // what attempt objects begin with, see staging
	commitName   = "commit"

	scratchFolder = "scratch" // of a rendering, see writeFeed
)

// litter is the attempt objects of one encrypted file.
type litter struct {
	folder    string
	committed bool
	attempts  []store.Info
}

// removeLitter removes what killed attempts to encrypt a file have left beside the one that
// counts, and what killed renderings have merged by the way, where files are kept for longer, or for
// good.
func (a *Reconcile) removeLitter(ctx context.Context, prefix string, held func(key string) bool, out *contract.Maintained, pulse *pulse) error {
	var l litter
	for info, err := range a.Kept.Store.List(ctx, prefix) {
		if err != nil {
			return err
		}
		folder, name := path.Split(info.Key)
		if path.Base(folder) == scratchFolder {
			if err := a.sweepFile(ctx, litter{folder: folder, attempts: []store.Info{info}}, out, pulse); err != nil {
				return err
			}
			continue
		}
		if !strings.HasPrefix(path.Base(folder), packedFolder) || held(info.Key) {
			continue
		}
		if folder != l.folder {
			if err := a.sweepFile(ctx, l, out, pulse); err != nil {
				return err
			}
			l = litter{folder: folder}
		}
		if name == commitName {
			l.committed = true
		} else if strings.HasPrefix(name, attemptMark) {
			l.attempts = append(l.attempts, info)
		}
	}
	return a.sweepFile(ctx, l, out, pulse)
}

// sweepFile removes the attempts of one file but the one that its commit record names.
func (a *Reconcile) sweepFile(ctx context.Context, l litter, out *contract.Maintained, pulse *pulse) error {
	if len(l.attempts) == 0 || l.committed && len(l.attempts) == 1 {
		return nil
	}
	var counts Ref
	if l.committed {
		if _, err := a.Kept.Stage.Committed(ctx, l.folder+commitName, &counts); err != nil {
			return err
		}
	}
	for _, info := range l.attempts {
		if info.Key == counts.Key || info.ModTime.IsZero() || info.ModTime.After(a.ago(attemptFor)) {
			continue
		}
		if err := a.remove(ctx, info.Key, info.Size, out, pulse); err != nil {
			return err
		}
	}
	return nil
}
