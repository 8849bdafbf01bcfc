package s3

import (
	"context"

	"transporter/internal/destination"
)

// state is what the journal of a file keeps of its upload.
type state struct {
	Upload   string // id of the multipart upload
	Key      string // that is written: the final one, or a temporary one
	Size     int64  // of the file, with SHA256 and Part what the parts below are parts of
	SHA256   string
	Part     int64
	Profile  string
	Parts    []part // by number from 1; no ETag: not there
	Sums     []byte // of the leading run of parts, see destination.Sums
	Checksum string // of the whole, once all parts were read
	ETag     string // of the temporary object, once it is complete
	Copy     string // id of the upload that copies it to the final key
	Opening  string // key of an upload that is being started: a crash has lost its id
}

// part is one part as the store acknowledged it.
type part struct{ ETag, Checksum string }

// load returns the state of the file's upload, nil when there is none. That of an upload of
// other bytes, or to another place, is no use any more: it does not fit.
func (s *session) load(ctx context.Context, f destination.File, token string) (st *state, fits bool, err error) {
	st = &state{}
	if known, err := f.Recall(ctx, st); err != nil || !known {
		return nil, false, err
	}
	return st, st.Size == f.Size && st.SHA256 == f.SHA256 && st.Part == s.d.config.Part && st.Profile == s.profile.Name && st.Key == s.target(f, token), nil
}

// count is how many parts the file has; an empty file has one, which is empty.
func (st *state) count() int { return int(max(1, (st.Size+st.Part-1)/st.Part)) }

// sizeOf returns how many bytes the part of the number from 1 has.
func (st *state) sizeOf(number int) int64 { return min(st.Part, st.Size-int64(number-1)*st.Part) }

// has reports whether the store has acknowledged the part.
func (st *state) has(number int) bool {
	return number <= len(st.Parts) && st.Parts[number-1].ETag != ""
}

// run is the number of leading parts that are there.
func (st *state) run() int {
	n := 0
	for st.has(n + 1) {
		n++
	}
	return n
}

// add records a part.
func (st *state) add(number int, p part) {
	for len(st.Parts) < number {
		st.Parts = append(st.Parts, part{})
	}
	st.Parts[number-1] = p
}
