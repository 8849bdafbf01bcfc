package staging

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"sync"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/source"
)

// maxRuns bounds how many runs a slice has, and so what reading it holds open. At that
// number they are merged into one.
const maxRuns = 32

var runBuffers = sync.Pool{New: func() any { return new(runBuffer) }}

// sliceWriter collects one slice. It holds at most one run, and 16 bytes of each ID with
// where it was seen last.
type sliceWriter struct {
	pages  *Pages
	commit SliceCommit
	buffer *runBuffer
	seen   map[idDigest]version
}

// idDigest stands for an ID: half a SHA-256, too long for two IDs to share by chance.
type idDigest [sha256.Size / 2]byte

// version is the copy of a record that counts so far.
type version struct{ order, fetchedAt int64 }

// Begin implements source.Sink.
func (p *Pages) Begin(_ context.Context, s source.Slice) (source.SliceWriter, error) {
	return &sliceWriter{
		pages: p, commit: SliceCommit{Slice: s},
		buffer: runBuffers.Get().(*runBuffer), seen: map[idDigest]version{},
	}, nil
}

// Add implements source.SliceWriter. The record is copied.
func (w *sliceWriter) Add(ctx context.Context, r source.Record) error {
	if w.buffer == nil {
		return errors.New("add record: the slice has ended")
	}
	if len(r.ID) == 0 || len(r.Raw)+len(r.ID) > maxRecord {
		return fault.New(fault.SchemaMismatch, "add record %.64q: it needs an id and at most %d bytes, it has %d",
			r.ID, maxRecord, len(r.Raw))
	}
	if w.buffer.size() > 0 && w.buffer.size()+len(r.Raw) > w.pages.runBytes {
		if err := w.flush(ctx); err != nil {
			return err
		}
	}
	w.note(r)
	w.buffer.add(r)
	w.commit.Bytes += int64(len(r.Raw))
	return nil
}

// note keeps which copy of the ID counts, and marks an ID whose order changed.
func (w *sliceWriter) note(r source.Record) {
	sum := sha256.Sum256([]byte(r.ID))
	digest := idDigest(sum[:len(idDigest{})])
	old, seen := w.seen[digest]
	counts := old
	if !seen || r.FetchedAt >= old.fetchedAt {
		counts = version{r.Order, r.FetchedAt}
		w.seen[digest] = counts
	}
	if !seen || old.order == r.Order {
		return
	}
	if w.commit.Moved == nil {
		w.commit.Moved = map[string]int64{}
	}
	w.commit.Moved[r.ID] = counts.order
}

// flush stages what is collected as one more run.
func (w *sliceWriter) flush(ctx context.Context) error {
	if len(w.commit.Runs) == maxRuns {
		if err := w.compact(ctx); err != nil {
			return err
		}
	}
	ref, err := w.stageRun(ctx, func(dst *Writer) error { return w.buffer.write(dst) })
	if err != nil {
		return err
	}
	w.commit.Runs = append(w.commit.Runs, ref)
	w.buffer.reset()
	return nil
}

// compact merges the runs into one.
func (w *sliceWriter) compact(ctx context.Context) error {
	ref, err := w.stageRun(ctx, func(dst *Writer) error {
		var form runBuffer
		for record, err := range w.pages.stage.merge(ctx, w.commit.Runs, w.commit.Moved) {
			if err != nil {
				return err
			}
			form.reset()
			form.add(record)
			if err := form.write(dst); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	w.dropRuns(ctx)
	w.commit.Runs = []contract.Ref{ref}
	return nil
}

func (w *sliceWriter) stageRun(ctx context.Context, write func(*Writer) error) (contract.Ref, error) {
	dst, err := w.pages.stage.Create(ctx, join(w.pages.prefix, runsPart))
	if err != nil {
		return contract.Ref{}, err
	}
	defer dst.Abort()
	if err := write(dst); err != nil {
		return contract.Ref{}, fmt.Errorf("stage run of slice %s: %w", w.commit.Slice.Key, err)
	}
	return dst.Commit(ctx)
}

// Commit implements source.SliceWriter. Where another attempt was first, its records
// count and these are dropped.
func (w *sliceWriter) Commit(ctx context.Context, c source.Counts) error {
	if w.buffer == nil {
		return errors.New("commit slice: it has ended")
	}
	if w.buffer.size() > 0 {
		if err := w.flush(ctx); err != nil {
			return err
		}
	}
	w.commit.Counts = c
	won, err := w.pages.stage.Commit(ctx, w.pages.sliceKey(w.commit.Slice.Key), w.commit)
	if err != nil {
		return err
	}
	w.end()
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
		w.dropRuns(ctx)
	}
	w.pages.onCommit(first)
	return nil
}

// Abort implements source.SliceWriter. Runs that are staged stay unreferenced until the
// prefix is removed.
func (w *sliceWriter) Abort() { w.end() }

func (w *sliceWriter) end() {
	if w.buffer != nil {
		w.buffer.reset()
		if cap(w.buffer.data) <= 2*runBytes { // a giant record's buffer is not kept
			runBuffers.Put(w.buffer)
		}
		w.buffer = nil
	}
}

// dropRuns removes runs that nothing will name. A failure leaves them to RemoveAll.
func (w *sliceWriter) dropRuns(ctx context.Context) {
	for _, ref := range w.commit.Runs {
		_ = w.pages.stage.store.Delete(ctx, ref.Key)
	}
}
