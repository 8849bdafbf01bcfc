package transform

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"iter"
	"slices"
	"strconv"

	"transporter/internal/report"
	"transporter/internal/transform/cell"
)

// moments are whole numbers that keys have at moments. Of a month of records only those are
// kept that belong to one of the window, in 32 bytes each; they lie in pieces, so that what is there
// is not copied when more comes.
type moments struct {
	wanted map[hashed]bool // ids of the report's own records
	pieces [][]timed
	sorted bool
}

// pieceMoments is how many of them a piece has: 2 MiB.
const pieceMoments = 64 << 10

type timed struct {
	key       hashed
	at, value int64
}

// hashed is the first half of a SHA-256: enough that no two keys of a run are the same.
type hashed [sha256.Size / 2]byte

// newMoments wants those of the records of the resource.
func newMoments(ctx context.Context, in Inputs, resource string, room int64) (*moments, error) {
	m := &moments{wanted: map[hashed]bool{}}
	for rec, err := range in.Records(ctx, resource) {
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", resource, err)
		}
		m.wanted[hashOf([]byte(rec.ID))] = true
		if m.held() > room {
			return nil, tooMuch(resource, room)
		}
	}
	return m, nil
}

// Bytes that one of them takes: of a map with what it has free.
const (
	wantedBytes = 48
	momentBytes = 32
)

// held is how many bytes they take, the last piece as if it were full.
func (m *moments) held() int64 {
	if m == nil {
		return 0
	}
	return wantedBytes*int64(len(m.wanted)) + momentBytes*pieceMoments*int64(len(m.pieces))
}

func hashOf(text []byte) hashed {
	sum := sha256.Sum256(text)
	return hashed(sum[:len(hashed{})])
}

// momentKey is of two parts that no colon can mix up: the first is an id of the platform.
func momentKey(of, with []byte) []byte { return slices.Concat(of, []byte{':'}, with) }

// filler returns what takes one record of the looked up resource.
func (m *moments) filler(def report.Lookup) func(*scope) {
	of, with := compilePath(def.Key, nil), compilePath(def.With, nil)
	at, value := compilePath(def.At, nil), compilePath(def.Value, nil)
	return func(s *scope) {
		key := of.text(s)
		if !m.wanted[hashOf(key)] {
			return
		}
		when, dated := cell.ParseInt(at.text(s))
		number, known := cell.ParseInt(value.text(s))
		if dated && known {
			m.add(timed{hashOf(momentKey(key, with.text(s))), when, number})
		}
	}
}

func (m *moments) add(x timed) {
	last := len(m.pieces) - 1
	if last < 0 || len(m.pieces[last]) == pieceMoments {
		m.pieces = append(m.pieces, nil)
		last++
	}
	m.pieces[last], m.sorted = append(m.pieces[last], x), false
}

// each gives the moments of the key and their numbers, in order of time.
func (m *moments) each(key []byte) iter.Seq2[int64, int64] {
	if !m.sorted {
		for _, p := range m.pieces {
			slices.SortFunc(p, timed.compare)
		}
		m.sorted = true
	}
	want := hashOf(key)
	var found []timed
	for _, p := range m.pieces {
		at, _ := slices.BinarySearchFunc(p, want, func(x timed, want hashed) int { return bytes.Compare(x.key[:], want[:]) })
		for ; at < len(p) && p[at].key == want; at++ {
			found = append(found, p[at])
		}
	}
	slices.SortFunc(found, timed.compare)
	return func(yield func(at, value int64) bool) {
		for _, x := range found {
			if !yield(x.at, x.value) {
				return
			}
		}
	}
}

func (x timed) compare(y timed) int {
	return cmp.Or(bytes.Compare(x.key[:], y.key[:]), cmp.Compare(x.at, y.at), cmp.Compare(x.value, y.value))
}

// found writes what a look at the key finds, as JSON: pairs of moment and number.
func (m *moments) found(key []byte) []byte {
	out := []byte{'['}
	for at, value := range m.each(key) {
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = strconv.AppendInt(append(strconv.AppendInt(append(out, '['), at, 10), ','), value, 10)
		out = append(out, ']')
	}
	return append(out, ']')
}

// timer gives what a lookup holds of a key of two parts; nil without a lookup.
func timer(l *lookup) func(of, with []byte) iter.Seq2[int64, int64] {
	if l == nil {
		return nil
	}
	return func(of, with []byte) iter.Seq2[int64, int64] {
		key := momentKey(of, with)
		if l.seen != nil {
			l.seen(key)
		}
		return l.times.each(key)
	}
}
