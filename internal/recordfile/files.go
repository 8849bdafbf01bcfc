// Package recordfile reads source records from files instead of from the source: answers
// of an API as they came, or records one after the other, as in JSON Lines. A file is
// walked through, never held; of each record an id and its place stay in memory.
package recordfile

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"

	"transporter/internal/fault"
	"transporter/internal/feed"
	"transporter/internal/report"
	"transporter/internal/source"
)

// Files are the records that were found, by resource; they implement transform.Inputs.
// Close them when done. Not safe for concurrent use.
type Files struct {
	Dedupe  feed.Mode // of lines of exported tables: by which rule they are one row
	Answers Answers   // of APIs about now: makes records of what they answered; nil: only records are taken

	open      []opened
	resources map[string]*found
}

type opened struct {
	*os.File
	name    string   // for people
	changed int64    // when it last was, epoch milliseconds
	of      *os.File // whose answers its records were made of; nil: it is no such file
}

type found struct {
	entries []entry
	twice   int
}

// entry is where a record is.
type entry struct {
	order    int64
	id       string
	rank     string // of an exported line: the greatest of one id counts
	file     int    // of Files.open
	at, size int64
	nth      int   // of the file, from 1
	place    int64 // of a record that was made: where the answer lies
}

// Add walks through a file and keeps what it finds for the resource. It may hold one
// answer, several, or records alone; with the same id twice the copy read last counts.
// An error names the file, the line and what would be right.
func (f *Files) Add(resource, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("read records: %w", err)
	}
	return f.add(resource, file, path)
}

// AddStream does the same with what can be read only once, which it copies to a file that
// has no name any more.
func (f *Files) AddStream(resource, name string, src io.Reader) error {
	file, err := os.CreateTemp("", "transporter-input-*") // mode 0600
	if err != nil {
		return fmt.Errorf("keep %s: %w", name, err)
	}
	if _, err := io.Copy(file, src); err != nil {
		return fmt.Errorf("keep %s: %w", name, errors.Join(err, file.Close(), os.Remove(file.Name())))
	}
	_, err = file.Seek(0, io.SeekStart)
	if err = errors.Join(err, os.Remove(file.Name())); err != nil {
		return fmt.Errorf("keep %s: %w", name, errors.Join(err, file.Close()))
	}
	return f.add(resource, file, name)
}

func (f *Files) add(resource string, src *os.File, name string) error {
	f.open = append(f.open, opened{File: src, name: name})
	info, err := src.Stat()
	if err != nil {
		return fmt.Errorf("read records: %w", err)
	}
	number := len(f.open) - 1
	f.open[number].changed = info.ModTime().UnixMilli()
	shape, err := report.GetResource(resource)
	if err != nil {
		return err
	}
	w := walker{files: f, resource: resource, file: f.open[number], shape: shape, number: number, dec: json.NewDecoder(src)}
	if shape.Feed != nil {
		w.ruler = rulerOf(shape.Feed, f.Dedupe)
	}
	if err := w.walk(); err != nil {
		return err
	}
	f.Leave(resource)
	f.resources[resource].add(w.entries)
	return nil
}

// Leave lets the resource have no records, if no file holds any.
func (f *Files) Leave(resource string) {
	if f.resources == nil {
		f.resources = map[string]*found{}
	}
	if f.resources[resource] == nil {
		f.resources[resource] = &found{}
	}
}

// add sorts the entries in, as a run would, and drops copies that do not count.
func (f *found) add(entries []entry) {
	counts := map[string]int{}
	all := slices.Concat(f.entries, entries)
	for i, e := range all {
		if before, known := counts[e.id]; !known || e.rank >= all[before].rank {
			counts[e.id] = i
		}
	}
	kept := make([]entry, 0, len(counts))
	for i, e := range all {
		if counts[e.id] == i {
			kept = append(kept, e)
		}
	}
	f.twice += len(all) - len(kept)
	slices.SortFunc(kept, func(a, b entry) int { return cmp.Or(cmp.Compare(a.order, b.order), cmp.Compare(a.id, b.id)) })
	f.entries = kept
}

// Count returns how many records of the resource there are, and how many more were left
// out because they came again.
func (f *Files) Count(resource string) (records, twice int) {
	if r := f.resources[resource]; r != nil {
		return len(r.entries), r.twice
	}
	return 0, 0
}

// Records implements transform.Inputs: compact JSON in canonical order, read when the
// file was last changed, or made of an answer when it was asked for. The bytes of a record are valid until the next one.
func (f *Files) Records(ctx context.Context, resource string) iter.Seq2[source.Record, error] {
	return func(yield func(source.Record, error) bool) {
		r := f.resources[resource]
		if r == nil {
			yield(source.Record{}, fault.New(fault.NotFound, "no file holds %s", resource))
			return
		}
		var raw []byte
		var compact bytes.Buffer
		for _, e := range r.entries {
			rec, err := f.record(e, &raw, &compact)
			if err == nil {
				err = ctx.Err()
			}
			if !yield(rec, err) || err != nil {
				return
			}
		}
	}
}

func (f *Files) record(e entry, raw *[]byte, compact *bytes.Buffer) (source.Record, error) {
	file := f.open[e.file]
	*raw = slices.Grow((*raw)[:0], int(e.size))[:e.size]
	if _, err := file.ReadAt(*raw, e.at); err != nil {
		return source.Record{}, fmt.Errorf("read record %d of %s again: %w", e.nth, file.name, err)
	}
	compact.Reset()
	if err := json.Compact(compact, *raw); err != nil {
		return source.Record{}, fmt.Errorf("read record %d of %s again: %w", e.nth, file.name, err)
	}
	return source.Record{Order: e.order, ID: e.id, Raw: compact.Bytes(), FetchedAt: file.changed}, nil
}

// Place says where the record of that id is, for people: the file, its number in it, and
// the line that it begins on.
func (f *Files) Place(resource, id string) string {
	r := f.resources[resource]
	if r == nil {
		return ""
	}
	i := slices.IndexFunc(r.entries, func(e entry) bool { return e.id == id })
	if i < 0 {
		return ""
	}
	e := r.entries[i]
	file, at := f.open[e.file], e.at
	src := file.File
	if file.of != nil {
		src, at = file.of, e.place
	}
	return fmt.Sprintf("%s:%d: record %d", file.name, lineAt(src, at), e.nth)
}

// Close closes the files.
func (f *Files) Close() error {
	var first error
	for _, file := range f.open {
		if err := file.Close(); first == nil {
			first = err
		}
	}
	return first
}

// lineAt returns the number of the line that the byte is on, from 1.
func lineAt(file io.ReaderAt, at int64) int {
	lines, buf := 1, make([]byte, 64<<10)
	for from := int64(0); from < at; {
		n, err := file.ReadAt(buf[:min(int64(len(buf)), at-from)], from)
		lines += bytes.Count(buf[:n], []byte{'\n'})
		if from += int64(n); err != nil {
			break
		}
	}
	return lines
}
