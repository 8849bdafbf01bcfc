package feed

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
)

// MaxLine is the longest line that is read unless another limit is set: a row of 65,535 characters in
// each of 100 columns, every one escaped, is shorter.
const MaxLine = 64 << 20

// UsualLine is how long lines usually are at most: longer ones are held when there is room.
const UsualLine = 1 << 20

// Room lets lines be held that are longer than UsualLine.
type Room interface {
	// Take waits until a line of at most so many bytes may be held. It is asked again when the line is longer, and
	// its error ends the reading.
	Take(bytes int) error
	// Leave says that none is held any more.
	Leave()
}

// Line is one line of a file, without its end.
type Line struct {
	Number int64  // from 1, blank lines counted
	Bytes  []byte // valid until the next; nil for a bad one
	Bad    *Bad   // set for a line beyond the limit
}

// Bad is a line that cannot be imported: it is held for an operator, who sees where it is and why,
// and not what it says.
type Bad struct {
	Line   int64
	Reason string
	SHA256 string // of the line without its end, hex
}

// BadLine returns the line as a bad one.
func BadLine(l Line, reason error) *Bad {
	sum := sha256.Sum256(l.Bytes)
	return &Bad{Line: l.Number, Reason: reason.Error(), SHA256: hex.EncodeToString(sum[:])}
}

// ID names the line in a leaf's file, by its place and its hash. It sorts before every key, and is what
// an operator accepts it by: another line in its place has another name.
func (b *Bad) ID(s Stamp, file string) string {
	return fmt.Sprintf("!%s %s line %d %s", s, file, b.Line, b.SHA256[:shortHash])
}

// shortHash is how many digits of a line's hash are part of its name.
const shortHash = 16

// Raw returns what stands for the line among the records: an object that no report reads as a row.
func (b *Bad) Raw() []byte {
	raw, err := json.Marshal(struct {
		Bad    bool   `json:"_bad"`
		Reason string `json:"_reason"`
		SHA256 string `json:"_sha256"`
	}{true, b.Reason, b.SHA256})
	if err != nil {
		return []byte(`{"_bad":true}`) // impossible: two texts
	}
	return raw
}

// firstBuffer holds most lines of a read.
const firstBuffer = 256 << 10

// Lines yields the lines of a file, cut at LF only: U+2028, U+2029 and U+0085 may stand inside of
// texts. Blank lines are skipped, CR before LF is white space of the line, and the last line may lack
// its LF. A line beyond the limit is bad, and is not held in memory. A read that fails ends with its
// error, without the line that it cut off. Lines longer than usual are held when the room is there; nil: it is.
func Lines(r io.Reader, limit int, room Room) iter.Seq2[Line, error] {
	return func(yield func(Line, error) bool) {
		s := lineReader{r: r, limit: limit, room: room, buf: make([]byte, min(firstBuffer, limit+1))}
		defer s.leave()
		for {
			line, err := s.next()
			if errors.Is(err, io.EOF) {
				return
			}
			if !yield(line, err) || err != nil {
				return
			}
		}
	}
}

type lineReader struct {
	r          io.Reader
	limit      int
	room       Room
	large      bool // it holds a line that there was to be room for
	buf        []byte
	start, end int // what is read and not given
	number     int64
	err        error
}

func (s *lineReader) next() (Line, error) {
	for {
		line, err := s.cut()
		if err != nil {
			return Line{}, err
		}
		s.number++
		if line.Bad != nil || space(line.Bytes, 0) < len(line.Bytes) {
			line.Number = s.number
			return line, nil
		}
	}
}

// cut returns the bytes up to the next LF or the end.
func (s *lineReader) cut() (Line, error) {
	for looked := 0; ; {
		if at := bytes.IndexByte(s.buf[s.start+looked:s.end], '\n'); at >= 0 {
			line := s.buf[s.start : s.start+looked+at]
			s.start += looked + at + 1
			return Line{Bytes: line}, nil
		}
		looked = s.end - s.start
		if looked > s.limit {
			return s.skip()
		}
		if s.err != nil {
			return s.last()
		}
		s.fill()
	}
}

// last returns what is left when nothing more can be read.
func (s *lineReader) last() (Line, error) {
	line := s.buf[s.start:s.end]
	s.start = s.end
	if len(line) == 0 || !errors.Is(s.err, io.EOF) {
		return Line{}, s.err
	}
	return Line{Bytes: line}, nil
}

// fill reads more behind what is not given yet, in a larger buffer if it is full.
func (s *lineReader) fill() {
	buf, rest := s.buf, s.end-s.start
	switch {
	case rest == len(buf):
		size := min(2*len(buf), s.limit+1)
		if s.err = s.take(size); s.err != nil {
			return
		}
		buf = make([]byte, size)
	case len(buf) > UsualLine && rest < firstBuffer:
		buf = make([]byte, firstBuffer) // after a giant line
	}
	copy(buf, s.buf[s.start:s.end])
	s.buf, s.start, s.end = buf, 0, rest
	if len(buf) <= UsualLine {
		s.leave()
	}
	n, err := s.r.Read(s.buf[s.end:])
	s.end += n
	s.err = err
}

func (s *lineReader) take(size int) error {
	if s.room == nil || size <= UsualLine {
		return nil
	}
	s.large = true
	return s.room.Take(size)
}

func (s *lineReader) leave() {
	if s.large {
		s.large = false
		s.room.Leave()
	}
}

// skip reads a line beyond the limit to its end, and keeps its hash only.
func (s *lineReader) skip() (Line, error) {
	hash := sha256.New()
	for {
		rest := s.buf[s.start:s.end]
		at := bytes.IndexByte(rest, '\n')
		if at >= 0 {
			rest = rest[:at]
			s.start++ // the LF
		}
		hash.Write(rest)
		s.start += len(rest)
		switch {
		case at >= 0 || errors.Is(s.err, io.EOF):
			return Line{Bad: s.tooLong([sha256.Size]byte(hash.Sum(nil)))}, nil
		case s.err != nil:
			return Line{}, s.err
		}
		s.fill()
	}
}

func (s *lineReader) tooLong(sum [sha256.Size]byte) *Bad {
	return &Bad{Line: s.number + 1, Reason: fmt.Sprintf("it is longer than %d bytes", s.limit), SHA256: hex.EncodeToString(sum[:])}
}
