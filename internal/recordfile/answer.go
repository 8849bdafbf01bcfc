package recordfile

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"transporter/internal/fault"
	"transporter/internal/source"
	"transporter/internal/transform/jsonrec"
)

// Answer is what an API about now answered, in a file: it says neither when it was asked for nor, mostly,
// for which time.
type Answer struct {
	Resource string
	File     string // for people
	Changed  int64  // when the file was last changed, epoch milliseconds
	Body     io.ReadSeeker
}

// Answers makes the records of an answer, as a run does, and gives them.
type Answers func(a Answer, give func(source.Record) error) error

// about takes an object of a resource about now: a record, as a raw report has it, a raw report of such
// records, or an answer as it came.
func (w *walker) about(from int64) error {
	record, report := false, false
	for w.dec.More() {
		name, err := w.dec.Token()
		if err != nil {
			return w.broken(err)
		}
		report = report || name == headMember
		record = record || name == "requested_at" || name == "response"
		if name == w.shape.Envelope {
			records, err := w.reported()
			if err != nil {
				return err
			}
			report = report || records
			continue
		}
		var skipped json.RawMessage
		if err := w.dec.Decode(&skipped); err != nil {
			return w.broken(err)
		}
	}
	if _, err := w.dec.Token(); err != nil {
		return w.broken(err)
	}
	size := w.dec.InputOffset() - from
	switch {
	case report:
		return nil
	case !record:
		return w.answer(io.NewSectionReader(w.file, from, size), from)
	}
	raw := make([]byte, size)
	if _, err := w.file.ReadAt(raw, from); err != nil {
		return fmt.Errorf("read records: %w", err)
	}
	return w.add(raw, from)
}

// reported takes the records of the envelope that comes next, in which a raw report has them where the
// answer has its elements; false if it holds elements.
func (w *walker) reported() (bool, error) {
	token, err := w.dec.Token()
	if err != nil {
		return false, w.broken(err)
	}
	if token != json.Delim('[') {
		return false, w.rest(token)
	}
	records := true
	for first := true; w.dec.More(); first = false {
		var raw json.RawMessage
		if err := w.dec.Decode(&raw); err != nil {
			return false, w.broken(err)
		}
		if first {
			root, err := w.doc.Parse(raw)
			records = err != nil || isAbout(root) // what is broken is told of as a record
		}
		if !records {
			continue
		}
		at := w.dec.InputOffset() - int64(len(raw))
		if err := w.keep(raw, entry{file: w.number, at: at, size: int64(len(raw))}, at); err != nil {
			return false, err
		}
	}
	_, err = w.dec.Token()
	return records, w.broken(err)
}

// rest passes over what is left of a value that has begun with the token.
func (w *walker) rest(token json.Token) error {
	for depth := 0; ; {
		switch token {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return nil
		}
		var err error
		if token, err = w.dec.Token(); err != nil {
			return w.broken(err)
		}
	}
}

// isAbout says that it is a record about now, and no answer or element of one.
func isAbout(root jsonrec.Value) bool {
	return root.Get("requested_at").Kind() != jsonrec.Null || root.Get("response").Kind() != jsonrec.Null
}

// answer takes the records that are made of an answer, which it keeps in a file that has no name any more.
func (w *walker) answer(body io.ReadSeeker, at int64) error {
	if w.files.Answers == nil {
		return w.wrong(at, "an answer where records should be")
	}
	var failure error // of what was made
	err := w.files.Answers(Answer{w.resource, w.file.name, w.file.changed, body}, func(r source.Record) error {
		failure = w.make(r, at)
		return failure
	})
	var f *fault.Error
	switch {
	case err == nil || failure != nil:
		return failure
	case !errors.As(err, &f):
		return w.wrong(at, "the answer cannot be read: %w", err)
	case f.Fix == "":
		return w.wrong(at, "%w", err)
	}
	return fault.New(f.Kind, "%s:%d: %s", w.file.name, lineAt(w.file, at), f.Message).WithFix("%s", f.Fix)
}

// make keeps a record that was made of the answer there.
func (w *walker) make(r source.Record, at int64) error {
	if w.made == 0 {
		file, err := os.CreateTemp("", "transporter-made-*") // mode 0600
		if err != nil {
			return fmt.Errorf("keep records of %s: %w", w.file.name, err)
		}
		w.made = len(w.files.open) // never the first
		w.files.open = append(w.files.open, opened{File: file, name: w.file.name, changed: r.FetchedAt, of: w.file.File})
		if err := os.Remove(file.Name()); err != nil {
			return fmt.Errorf("keep records of %s: %w", w.file.name, err)
		}
	}
	e := entry{file: w.made, at: w.size, size: int64(len(r.Raw)), place: at}
	if err := w.keep(r.Raw, e, at); err != nil {
		return err
	}
	if _, err := w.files.open[w.made].WriteAt(r.Raw, e.at); err != nil {
		return fmt.Errorf("keep records of %s: %w", w.file.name, err)
	}
	w.size += e.size
	return nil
}
