package recordfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"transporter/internal/fault"
)

// broken names the place where the JSON ends being JSON; nil stays nil.
func (w *walker) broken(err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = errors.New("the file ends within a value")
	}
	var path *os.PathError
	if errors.As(err, &path) {
		return fmt.Errorf("read records: %w", err)
	}
	if is, fix := w.disguise(); is != "" {
		return fault.New(fault.SchemaMismatch, "%s is %s", w.file.name, is).WithFix("%s", fix)
	}
	return w.wrong(w.dec.InputOffset(), "after record %d: %w", len(w.entries), err)
}

// disguises are beginnings of files that are no JSON text, what they are, and what to do about it.
var disguises = []struct{ begins, is, fix string }{
	{"\x1f\x8b", "compressed", "unpack it first: gzip -dc FILE"},
	{"\xef\xbb\xbf", "text with a byte order mark, which JSON has none of", "take the first three bytes away: tail -c +4 FILE"},
	{"\xff\xfe", "UTF-16", "make UTF-8 of it: iconv -f UTF-16 -t UTF-8 FILE"},
	{"\xfe\xff", "UTF-16", "make UTF-8 of it: iconv -f UTF-16 -t UTF-8 FILE"},
}

// disguise says what a file is that does not begin as JSON does; nothing of others.
func (w *walker) disguise() (is, fix string) {
	head := make([]byte, 3)
	n, _ := w.file.ReadAt(head, 0) // what cannot be read is no disguise
	for _, d := range disguises {
		if bytes.HasPrefix(head[:n], []byte(d.begins)) {
			return d.is, d.fix
		}
	}
	return "", ""
}

// wrong is what cannot be read, with its place and what would be right.
func (w *walker) wrong(at int64, format string, args ...any) error {
	return fault.New(fault.SchemaMismatch, "%s:%d: %w", w.file.name, lineAt(w.file, at), fmt.Errorf(format, args...)).
		WithFix("%s", w.wanted())
}

func (w *walker) wanted() string {
	switch {
	case w.shape.Asked && w.files.Answers != nil:
		return "give an answer of this API, or records as a raw report of it has them"
	case w.shape.Asked:
		return "give records as a raw report of this API has them: an answer alone does not say when it was asked for, and for which time"
	case w.shape.Envelope != "":
		return "give " + w.resource + ": an answer with the member " + w.shape.Envelope + ", or records one a line"
	}
	return "give " + w.resource + ": an array of records, or records one a line"
}
