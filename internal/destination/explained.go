package destination

import (
	"errors"
	"io"
)

// Explained returns the reader with its errors, other than its end, as explain tells them: a
// connection that breaks in the middle is classified as one that breaks before.
func Explained(body io.ReadCloser, explain func(error) error) io.ReadCloser {
	return &explained{body, explain}
}

type explained struct {
	io.ReadCloser
	explain func(error) error
}

func (r *explained) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = r.explain(err)
	}
	return n, err
}
