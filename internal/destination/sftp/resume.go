package sftp

import (
	"bytes"
	"context"
	"io"

	"transporter/internal/destination"
)

// What is compared before an upload goes on from what is there: the beginning, where
// another rendering of the same window differs, and the end, where a crash of the
// server leaves damage. Verify sees the rest. It is little, so that a slow line which breaks
// often still gets on.
const (
	headSize = 64 << 10
	tailSize = 64 << 10
)

// resumeAt returns how many bytes at temp are a beginning of f; zero if there is none,
// if it differs, or if the server does not let us read it.
func (s *session) resumeAt(ctx context.Context, temp string, f destination.File) (int64, error) {
	info, err := s.client.Lstat(temp)
	if err != nil || !info.Mode().IsRegular() || info.Size() > f.Size {
		return 0, ctx.Err()
	}
	there := info.Size()
	tail := max(there-tailSize, 0)
	for _, span := range [][2]int64{{0, min(headSize, tail)}, {tail, there}} {
		same, err := s.sameSpan(ctx, temp, f, span[0], span[1])
		if err != nil || !same {
			return 0, err
		}
	}
	return there, nil
}

// sameSpan compares the bytes [from, to) of the remote file with those of f. What
// cannot be read there counts as different; a source that fails is an error.
func (s *session) sameSpan(ctx context.Context, temp string, f destination.File, from, to int64) (bool, error) {
	if from == to {
		return true, nil
	}
	remote, err := s.client.Open(temp)
	if err != nil {
		return false, ctx.Err()
	}
	defer remote.Close()
	theirs := make([]byte, to-from)
	if n, _ := remote.ReadAt(theirs, from); n < len(theirs) {
		return false, ctx.Err() // a connection that is gone shows in the write
	}
	src, err := f.Source(ctx, from)
	if err != nil {
		return false, err
	}
	defer src.Close()
	ours := make([]byte, to-from)
	if _, err := io.ReadFull(src, ours); err != nil {
		return false, err
	}
	return bytes.Equal(ours, theirs), nil
}
