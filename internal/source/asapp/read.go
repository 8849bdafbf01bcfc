package asapp

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"transporter/internal/fault"
	"transporter/internal/feed"
	"transporter/internal/source"
)

// filesAtOnce bounds the files of a leaf that are read beside each other: unpacking one takes
// more than the network.
const filesAtOnce = 4

// Read implements source.Exports.
func (s *Source) Read(ctx context.Context, q source.Query, leaf feed.Leaf, add func(context.Context, source.Record) error) (source.LeafCounts, error) {
	r, err := s.reading(q)
	if err != nil {
		return source.LeafCounts{}, err
	}
	var lines, bad, size atomic.Int64
	var all found
	group, reading := errgroup.WithContext(ctx)
	group.SetLimit(filesAtOnce)
	turn := make(chan struct{}, 1)
	for _, f := range leaf.Files {
		group.Go(func() error {
			one := fileReader{reading: r, leaf: leaf.Stamp, file: f, add: add, fetched: s.Now().UnixMilli(), turn: turn}
			err := s.open(reading, f, func(content io.Reader) error { return one.read(reading, content) })
			if err != nil {
				return fmt.Errorf("read %s: %w", f.Key, err)
			}
			lines.Add(one.lines)
			bad.Add(one.bad)
			size.Add(f.Size)
			all.add(one.columns, one.companies)
			return nil
		})
	}
	counts := func(company string) source.LeafCounts {
		return source.LeafCounts{Lines: lines.Load(), Bad: bad.Load(), Bytes: size.Load(), Company: company}
	}
	if err = group.Wait(); err != nil {
		return counts(""), err
	}
	company, err := all.company(r.place.Feed + " " + leaf.String())
	if err == nil && s.Schema != nil {
		err = s.Schema.Saw(ctx, r.place, all.columns)
	}
	return counts(company), err
}

// found is what the rows of a leaf's files have.
type found struct {
	mu                 sync.Mutex
	columns, companies []string
}

func (f *found) add(columns, companies []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.columns = slices.Compact(slices.Sorted(slices.Values(slices.Concat(f.columns, columns))))
	for _, c := range companies {
		if !slices.ContainsFunc(f.companies, func(known string) bool { return strings.EqualFold(known, c) }) {
			f.companies = append(f.companies, c)
		}
	}
}

// company returns whose rows they are, empty if they do not say. Those of several in one leaf are no
// one's to deliver.
func (f *found) company(leaf string) (string, error) {
	slices.Sort(f.companies)
	switch len(f.companies) {
	case 0:
		return "", nil
	case 1:
		return f.companies[0], nil
	}
	return "", fault.New(fault.SchemaMismatch, "%s has rows of several companies: %s", leaf, strings.Join(f.companies, ", ")).
		WithFix("ask the platform to export each company's rows to a place of its own, and resume the run when it has; nothing of them is delivered")
}

// open gives the file's lines, decrypted and unpacked.
func (s *Source) open(ctx context.Context, f feed.File, read func(io.Reader) error) error {
	src, err := s.Door.Open(ctx, f.Object)
	if err != nil {
		return err
	}
	defer src.Close()
	var content io.Reader = src
	if f.Encrypted {
		if content, err = s.decrypt(src, f); err != nil {
			return err
		}
	}
	if f.Gzip {
		if content, err = feed.Gunzip(content, path.Base(f.Key)); err != nil {
			return err
		}
	}
	return read(content)
}

// fileReader makes records of the lines of one file.
type fileReader struct {
	reading

	leaf    feed.Stamp
	file    feed.File
	add     func(context.Context, source.Record) error
	fetched int64
	turn    chan struct{} // of the leaf's files

	lines, bad int64
	columns    []string // of its rows
	companies  []string
	raw        []byte
}

func (f *fileReader) read(ctx context.Context, content io.Reader) error {
	ruler := feed.NewRuler(f.table, f.mode)
	ruler.File(feed.Origin{Stamp: f.leaf, Modified: f.file.Modified, Split: f.file.Split})
	for line, err := range feed.Lines(content, feed.MaxLine, &largeLine{ctx: ctx, turn: f.turn, room: f.Room}) {
		if err != nil {
			return err
		}
		f.lines++
		if err := f.line(ctx, ruler, line); err != nil {
			return err
		}
	}
	f.columns, f.companies = ruler.Columns(), ruler.Companies()
	return nil
}

// line adds a line, of which nothing is held on to.
func (f *fileReader) line(ctx context.Context, ruler *feed.Ruler, line feed.Line) error {
	defer f.forget(ruler)
	name := path.Base(f.file.Key)
	bad := line.Bad
	if bad == nil {
		row, err := ruler.Row(line.Bytes, line.Number)
		if err == nil {
			f.raw = withOrigin(f.raw[:0], row.Line, f.leaf, name, line.Number)
			err = tooLarge(f.raw)
		}
		if err == nil {
			return f.add(ctx, source.Record{ID: string(row.Key), Rank: string(row.Rank), Raw: f.raw, FetchedAt: f.fetched})
		}
		bad = feed.BadLine(line, err)
	}
	f.bad++
	return f.add(ctx, source.Record{ID: bad.ID(f.leaf, name), Raw: bad.Raw(), FetchedAt: f.fetched})
}

func (f *fileReader) forget(ruler *feed.Ruler) {
	if ruler.Forget(); cap(f.raw) > feed.UsualLine {
		f.raw = nil
	}
}

// tooLarge says that a row with where it is from is longer than a line may be.
func tooLarge(row []byte) error {
	if len(row) <= feed.MaxLine {
		return nil
	}
	return fmt.Errorf("it has with its place %d bytes, and may have %d", len(row), feed.MaxLine)
}

// withOrigin appends the row's object with the members that say where it is from put in front.
func withOrigin(dst, object []byte, leaf feed.Stamp, file string, line int64) []byte {
	dst = append(append(dst, `{"_leaf":"`...), leaf.String()...)
	dst = append(append(dst, `","_file":`...), strconv.Quote(file)...) // names of files are plain letters
	dst = strconv.AppendInt(append(dst, `,"_line":`...), line, 10)
	rest := bytes.TrimSpace(object)[1:] // after the brace
	if trimmed := bytes.TrimLeft(rest, " \t\r\n"); len(trimmed) > 0 && trimmed[0] != '}' {
		dst = append(dst, ',')
	}
	return append(dst, rest...)
}
