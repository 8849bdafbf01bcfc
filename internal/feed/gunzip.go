package feed

import (
	"bufio"
	"errors"
	"io"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"

	"transporter/internal/fault"
)

// Gunzip returns the contents of a gzip file of any number of members (RFC 1952 §2.2); nothing at all
// is an empty file. Reading one that is cut off or damaged ends in fault.PartialData with the file's
// name: it is read again, as its transfer may be at fault.
func Gunzip(r io.Reader, file string) (io.Reader, error) {
	in := bufio.NewReaderSize(r, firstBuffer)
	if _, err := in.Peek(1); errors.Is(err, io.EOF) {
		return in, nil
	}
	z, err := gzip.NewReader(in)
	if err != nil {
		return nil, damaged(err, file)
	}
	return &gunzipped{z, file}, nil
}

type gunzipped struct {
	z    *gzip.Reader
	file string
}

func (g *gunzipped) Read(p []byte) (int, error) {
	n, err := g.z.Read(p)
	if err != nil && err != io.EOF { //nolint:errorlint // a bare io.EOF is the end, as of every reader
		err = damaged(err, g.file)
	}
	return n, err
}

// damaged tells a file that is no whole gzip from a reader that failed.
func damaged(err error, file string) error {
	var corrupt flate.CorruptInputError
	switch {
	case errors.Is(err, ErrDamaged): // what it is packed in
		return err
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum), errors.As(err, &corrupt),
		errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return NotWhole(err, file, "gzip")
	}
	return err
}

// NotWhole returns the error of a file that is no whole one of the format.
func NotWhole(err error, file, format string) error {
	return fault.New(fault.PartialData, "%s is %w %s: %w", file, ErrDamaged, format, err).
		WithFix("it is read again; if it stays so, ask the platform to export it anew, or accept the run without it")
}
