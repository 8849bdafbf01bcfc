package sandbox

import "net/http"

// spoiling is what faults do to one page. The zero value does nothing.
type spoiling struct {
	cutRecord bool
	partial   bool
	more      int // added to the count
	twice     int // rows repeated
	missing   int // rows left out
	draw      uint64
	hostile   []hit
}

type spoilingKey struct{}

func spoilingOf(r *http.Request) *spoiling { return r.Context().Value(spoilingKey{}).(*spoiling) }

func (s *spoiling) add(h hit) {
	s.draw = draw(s.draw, h.draw)
	switch h.Kind {
	case PartialRecord:
		s.cutRecord = true
	case PartialResult:
		s.partial = true
		s.missing += h.Rows
	case CountDrift, CountMismatch:
		s.more += h.Rows
	case DuplicateRows:
		s.twice += h.Rows
	case MissingRows:
		s.missing += h.Rows
	case HugeRecord, DeepRecord, RepeatedMember, WrongType, BrokenText, NamelessRecord:
		s.hostile = append(s.hostile, h)
	}
}

// rows lists the rows to send for a page of a result of total rows, and the count and
// partial mark to send with them. Repeated rows come in addition to the page's own.
func (s *spoiling) rows(p page, total int) (rows []int, count int, partial bool) {
	if s.twice > 0 && p.offset > 0 && p.offset <= total {
		rows = append(rows, p.offset-1)
	}
	var own []int
	for i := p.offset; i < min(p.offset+p.limit, total); i++ {
		own = append(own, i)
	}
	for range min(s.missing, len(own)) {
		i := s.pick(len(own))
		own = append(own[:i], own[i+1:]...)
	}
	rows = append(rows, own...)
	for range min(s.twice, len(own)) {
		rows = append(rows, own[s.pick(len(own))])
	}
	return rows, total + s.more, s.partial
}

func (s *spoiling) pick(n int) int {
	s.draw = draw(s.draw, uint64(n))
	return int(s.draw % uint64(n))
}
