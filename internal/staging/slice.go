package staging

import (
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"sync"

	"transporter/internal/fault"
	"transporter/internal/source"
)

// maxRuns bounds how many runs a slice has, and so what reading it holds open: if there are
// more in the end, some are merged.
const maxRuns = 32

var runBuffers = sync.Pool{New: func() any { return new(runBuffer) }}

const (
	// idBytes is what an ID costs until its slice is committed: where it was seen last, here, and that it
	// was, in the maps of the reader of the source, which counts distinct ones.
	idBytes = 256
	// weighedIDs are weighed at a time.
	weighedIDs = 1 << 12
)

// sliceWriter collects one slice. It holds at most one run, and 16 bytes of each ID with
// where it was seen last, which Pages.Within weighs.
type sliceWriter struct {
	pages   *Pages
	commit  SliceCommit
	sorter  *Sorter
	seen    map[idDigest]version
	weighed int // IDs
	cut     map[string]bool
}

// idDigest stands for an ID: half a SHA-256, too long for two IDs to share by chance.
type idDigest [sha256.Size / 2]byte

// version is the copy of a record that counts so far.
type version struct{ order, fetchedAt int64 }

// Begin implements source.Sink.
func (p *Pages) Begin(_ context.Context, s source.Slice) (source.SliceWriter, error) {
	return &sliceWriter{
		pages: p, commit: SliceCommit{Slice: s},
		sorter: p.stage.Sorter(join(p.prefix, runsPart), p.runBytes), seen: map[idDigest]version{}, cut: map[string]bool{},
	}, nil
}

// Add implements source.SliceWriter. The record is copied.
func (w *sliceWriter) Add(ctx context.Context, r source.Record) error {
	if err := w.sorter.Add(ctx, r); err != nil {
		return err
	}
	w.note(r)
	if len(w.seen) > w.weighed {
		w.weighed += weighedIDs
		if err := w.pages.weigh(weighedIDs * idBytes); err != nil {
			return err
		}
	}
	w.commit.Bytes += int64(len(r.Raw))
	if n := len(r.Raw); n > w.sorter.hold {
		w.commit.Giant = max(w.commit.Giant, int64(n))
	}
	return nil
}

// note keeps which copy of the ID counts and whether that is cut, and marks an ID whose order changed.
func (w *sliceWriter) note(r source.Record) {
	sum := sha256.Sum256([]byte(r.ID))
	digest := idDigest(sum[:len(idDigest{})])
	old, seen := w.seen[digest]
	counts := old
	if !seen || r.FetchedAt >= old.fetchedAt {
		counts = version{r.Order, r.FetchedAt}
		w.seen[digest] = counts
		if delete(w.cut, r.ID); r.Cut {
			w.cut[r.ID] = true
		}
	}
	if !seen || old.order == r.Order {
		return
	}
	if w.commit.Moved == nil {
		w.commit.Moved = map[string]int64{}
	}
	w.commit.Moved[r.ID] = counts.order
}

// Commit implements source.SliceWriter. Where another attempt was first, its records
// count and these are dropped.
func (w *sliceWriter) Commit(ctx context.Context, c source.Counts) error {
	defer w.forget()
	runs, err := w.sorter.Finish(ctx)
	if err != nil {
		return fmt.Errorf("commit slice %s: %w", w.commit.Slice.Key, err)
	}
	w.commit.Runs, w.commit.Counts, w.commit.Cut = runs, c, slices.Sorted(maps.Keys(w.cut))
	won, err := w.pages.stage.Commit(ctx, w.pages.sliceKey(w.commit.Slice.Key), w.commit)
	if err != nil {
		return err
	}
	if !won {
		return w.yieldTo(ctx)
	}
	w.pages.onCommit(w.commit)
	return nil
}

// yieldTo takes the commit record of the attempt that was first. It may be this one's
// after all, where the store's answer got lost: then its runs stay.
func (w *sliceWriter) yieldTo(ctx context.Context) error {
	first, found, err := w.pages.committed(ctx, w.commit.Slice.Key)
	if err != nil {
		return err
	}
	if !found {
		return fault.New(fault.Conflict, "commit slice %s: removed meanwhile", w.commit.Slice.Key)
	}
	if !slices.Equal(first.Runs, w.commit.Runs) {
		_ = w.pages.stage.Remove(ctx, w.commit.Runs...) // a failure leaves them to RemoveAll
	}
	w.pages.onCommit(first)
	return nil
}

// Abort implements source.SliceWriter. Runs that are staged stay unreferenced until the
// prefix is removed.
func (w *sliceWriter) Abort() {
	w.sorter.Abort()
	w.forget()
}

// forget gives back what is held for IDs.
func (w *sliceWriter) forget() {
	_ = w.pages.weigh(-int64(w.weighed) * idBytes) // only more is refused
	w.seen, w.weighed = nil, 0
}
