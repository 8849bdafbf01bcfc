package s3

import (
	"context"
	"crypto/sha256"
	"encoding"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"

	"transporter/internal/destination"
	"transporter/internal/fault"
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
	Sums     []byte // of the leading run of parts, see sums
	Checksum string // of the whole, once all parts were read
	ETag     string // of the temporary object, once it is complete
	Copy     string // id of the upload that copies it to the final key
}

// part is one part as the store acknowledged it.
type part struct{ ETag, Checksum string }

// load returns the state of the file's upload, nil when there is none. That of an upload
// of other bytes, or to another place, is no use any more: it is returned as stale.
func (s *session) load(ctx context.Context, f destination.File, token string) (now, stale *state, err error) {
	kept, err := f.Journal.Load(ctx)
	if err != nil || len(kept) == 0 {
		return nil, nil, err
	}
	st := &state{}
	if err := json.Unmarshal(kept, st); err != nil {
		return nil, nil, fault.New(fault.Corrupt, "read how far %s was uploaded: %w", f.Name, err)
	}
	if st.Size != f.Size || st.SHA256 != f.SHA256 || st.Part != s.d.config.Part || st.Profile != s.d.profile.Name || st.Key != s.target(f, token) {
		return nil, st, nil
	}
	return st, nil, nil
}

// save keeps the state.
func (st *state) save(ctx context.Context, f destination.File) error {
	kept, err := json.Marshal(st)
	if err != nil {
		return err
	}
	if err := f.Journal.Save(ctx, kept); err != nil {
		return fmt.Errorf("remember how far %s was uploaded: %w", f.Name, err)
	}
	return nil
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

// sums are the hashes of a file's bytes so far: the one that the file is known by, and the
// one that the store computes of the whole object.
type sums struct {
	sha, whole hash.Hash
}

func newSums(p Profile) sums { return sums{sha: sha256.New(), whole: p.sum()} }

// Write never fails.
func (s sums) Write(piece []byte) (int, error) {
	s.sha.Write(piece)
	return s.whole.Write(piece)
}

func (s sums) sha256() string { return hex.EncodeToString(s.sha.Sum(nil)) }

func (s sums) checksum() string { return base64.StdEncoding.EncodeToString(s.whole.Sum(nil)) }

// snapshot writes the state of both hashes down.
func (s sums) snapshot() ([]byte, error) {
	var both [2][]byte
	for i, h := range []hash.Hash{s.sha, s.whole} {
		var err error
		if both[i], err = h.(encoding.BinaryMarshaler).MarshalBinary(); err != nil {
			return nil, err
		}
	}
	return json.Marshal(both)
}

// readAll adds everything that src holds.
func (s sums) readAll(src io.Reader) error {
	_, err := io.Copy(s, src)
	return err
}

// restore undoes snapshot.
func (s sums) restore(kept []byte) error {
	var both [2][]byte
	if err := json.Unmarshal(kept, &both); err != nil {
		return err
	}
	for i, h := range []hash.Hash{s.sha, s.whole} {
		if err := h.(encoding.BinaryUnmarshaler).UnmarshalBinary(both[i]); err != nil {
			return err
		}
	}
	return nil
}
