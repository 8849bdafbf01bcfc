package httpapi

import (
	"context"
	"errors"
	"io"

	"transporter/internal/contract"
)

// keptFile is a kept file as http.ServeContent reads it. Read from its start, the last bytes
// come only when the whole is known to be what was delivered: a wrong or short file ends early,
// so that nobody takes it for whole.
type keptFile struct {
	ctx   context.Context
	files Files
	name  string
	ref   contract.Ref

	src    io.ReadCloser // nil: to be opened
	from   int64         // where src stands
	at     int64         // where the next Read begins
	failed error         // what ended a Read
}

func (f *keptFile) open() (err error) {
	f.src, err = f.files.OpenRaw(f.ctx, f.ref, f.at)
	f.from = f.at
	return err
}

// Seek implements io.Seeker; it costs nothing before the next Read.
func (f *keptFile) Seek(offset int64, whence int) (int64, error) {
	f.at = map[int]int64{io.SeekStart: 0, io.SeekCurrent: f.at, io.SeekEnd: f.ref.Size}[whence] + offset
	return f.at, nil
}

// Read implements io.Reader.
func (f *keptFile) Read(p []byte) (int, error) {
	n, err := f.read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		f.failed = err
		return 0, err
	}
	return n, err
}

func (f *keptFile) read(p []byte) (int, error) {
	if f.src == nil || f.from != f.at {
		f.Close()
		if err := f.open(); err != nil {
			return 0, err
		}
	}
	n, err := f.src.Read(p)
	f.at += int64(n)
	f.from = f.at
	if err == nil && f.at == f.ref.Size {
		_, err = f.src.Read(make([]byte, 1)) // size and hash are compared at the end
	}
	return n, err
}

// Close closes what is open.
func (f *keptFile) Close() {
	if f.src != nil {
		f.src.Close()
		f.src = nil
	}
}
