package sealed

import (
	"bytes"
	"errors"
	"io"

	"transporter/internal/seal"
)

// portion is how many clear bytes are sealed at a time: a chunk of the box.
const portion = 64 << 10

// sealingReader reads clear bytes and yields them sealed.
type sealingReader struct {
	src   io.Reader
	in    io.WriteCloser // seals into out
	out   bytes.Buffer
	ended bool
	clear int64 // bytes read so far
}

func newSealingReader(box *seal.Box, src io.Reader) (*sealingReader, error) {
	r := &sealingReader{src: src}
	var err error
	r.in, err = box.Seal(&r.out)
	return r, err
}

// Read fails with the source's error before the seal is complete: what was read until then
// does not open.
func (r *sealingReader) Read(p []byte) (int, error) {
	for r.out.Len() == 0 && !r.ended {
		n, err := io.CopyN(r.in, r.src, portion)
		r.clear += n
		if errors.Is(err, io.EOF) {
			r.ended = true
			err = r.in.Close()
		}
		if err != nil {
			return 0, err
		}
	}
	return r.out.Read(p)
}
