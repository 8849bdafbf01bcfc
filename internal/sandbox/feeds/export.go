package feeds

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
)

// export is one writing of a leaf. The zero value of everything but the leaf is an empty one.
type export struct {
	Leaf

	files    [][]Line  // rows of each file
	splits   bool      // names have numbers, also that of a single file
	first    int       // number of the first split
	gzip     bool      // files are compressed
	key      string    // armored public key that files are encrypted to; empty: they are not
	written  time.Time // of the first file; each further one, and _SUCCESS, is a second later
	unready  bool      // _SUCCESS is not written, so that nobody may read the leaf
	keepFlag bool      // _SUCCESS is not written again; it is there
	already  bool      // the files are there, and _SUCCESS comes twenty minutes later
	job      bool      // files are named after the export job
	label    string    // follows the table's name in files' names

	disregarded bool // nobody may read it, although _SUCCESS is written
}

// delay is how long after a leaf's end its export begins.
const delay = 5 * time.Minute

// first is the first export of a leaf, in one file.
func first(l Leaf, lines ...Line) export {
	return export{Leaf: l, files: [][]Line{lines}, written: l.End().Add(delay)}
}

// empty is the export of a leaf without rows.
func empty(l Leaf) export { return export{Leaf: l, written: l.End().Add(delay)} }

// inSplits parts the export's rows over so many compressed files with numbers.
func (e export) inSplits(n, from int) export {
	lines := slices.Concat(e.files...)
	e.files, e.splits, e.first, e.gzip = make([][]Line, n), true, from, true
	for i := range n {
		e.files[i] = lines[len(lines)*i/n : len(lines)*(i+1)/n]
	}
	return e
}

// later is the export written again, so long after its first.
func (e export) later(by time.Duration) export {
	e.written = e.End().Add(delay + by)
	return e
}

// name returns the name of the i-th file.
func (e export) name(i int) string {
	name := e.Table.Name
	if e.job {
		name = e.Table.Job
	}
	name += e.label + ".jsonl"
	if e.splits {
		name += fmt.Sprintf(".%02d", e.first+i)
	}
	if e.gzip {
		name += ".gz"
	}
	if e.key != "" {
		name += ".enc"
	}
	return name
}

// content returns the bytes of a file.
func (e export) content(lines []Line) ([]byte, error) {
	var b bytes.Buffer
	for _, l := range lines {
		b.Write(l)
		b.WriteByte('\n')
	}
	content := b.Bytes()
	if e.gzip {
		content = zipped(content)
	}
	if e.key != "" {
		return encrypted(content, e.key, e.written)
	}
	return content, nil
}

// zipped compresses in two members where there is enough: concatenated members are one stream (RFC
// 1952, section 2.2).
func zipped(content []byte) []byte {
	var b bytes.Buffer
	half := len(content) / 2
	for _, part := range [][]byte{content[:half], content[half:]} {
		z := gzip.NewWriter(&b)
		_, _ = z.Write(part) // neither fails on memory
		_ = z.Close()
	}
	return b.Bytes()
}

// write writes an export as the platform does, its files in order and _SUCCESS last. Once that is
// there the world counts it as what can be read of the leaf.
func (w *World) write(ctx context.Context, b Bucket, e export) error {
	at, done := e.written, &exported{Leaf: e.Leaf}
	for i, lines := range e.files {
		done.files = append(done.files, file{e.name(i), lines})
	}
	if e.already {
		at = at.Add(20 * time.Minute)
	} else if err := w.writeFiles(ctx, b, e); err != nil {
		return err
	}
	if e.unready {
		return nil
	}
	if !e.keepFlag {
		at = at.Add(time.Duration(len(e.files)) * time.Second)
		if err := w.put(e.Leaf, Success, nil, at)(ctx, b); err != nil {
			return err
		}
	}
	if !e.disregarded {
		w.count(done)
	}
	return nil
}

// atOnce is how many objects are written at once where there are very many.
const atOnce = 16

// writeFiles writes the data files.
func (w *World) writeFiles(ctx context.Context, b Bucket, e export) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(1)
	if len(e.files) > 100 {
		g.SetLimit(atOnce)
	}
	for i, lines := range e.files {
		g.Go(func() error {
			content, err := e.content(lines)
			if err != nil {
				return err
			}
			return w.put(e.Leaf, e.name(i), content, e.written.Add(time.Duration(i)*time.Second))(ctx, b)
		})
	}
	return g.Wait()
}

// put writes one object of a leaf.
func (w *World) put(l Leaf, name string, content []byte, at time.Time) func(context.Context, Bucket) error {
	return func(ctx context.Context, b Bucket) error {
		return b.Put(ctx, w.config.Folder+l.Folder()+"/"+name, content, at)
	}
}

// Success is the name of the object that says that a leaf is complete.
const Success = "_SUCCESS"

// count takes an export as what can be read of its leaf from now on.
func (w *World) count(e *exported) {
	w.mu.Lock()
	defer w.mu.Unlock()
	e.times = 1
	if before := w.leaves[e.Folder()]; before != nil {
		e.times += before.times
	}
	w.leaves[e.Folder()] = e
}

// File is a data file of a leaf.
type File struct {
	Name    string
	Content []byte
}

// Export returns the files of a leaf as Fill would write them, with a label in their names, and counts it
// as exported: for doors that are no bucket.
func (w *World) Export(l Leaf, label string) ([]File, error) {
	e := w.drawn(l, 0)
	e.label = label
	files, done := make([]File, len(e.files)), &exported{Leaf: l}
	for i, lines := range e.files {
		content, err := e.content(lines)
		if err != nil {
			return nil, err
		}
		files[i] = File{e.name(i), content}
		done.files = append(done.files, file{e.name(i), lines})
	}
	w.count(done)
	return files, nil
}
