package world

import "transporter/internal/sandbox/history"

// found is a result that was listed: numbers relative to base, in order.
type found struct {
	account *Account
	now     int64
	base    int64
	list    []uint32
	reverse bool
}

// Len implements history.Hits.
func (h *found) Len() int { return len(h.list) }

// Append implements history.Hits.
func (h *found) Append(dst []byte, i int, v history.View) []byte {
	if h.reverse {
		i = len(h.list) - 1 - i
	}
	return h.account.appendRecord(dst, h.base+int64(h.list[i]), h.now, v)
}

// span is a result of neighbouring numbers: those before fresh without a gap, and of the
// last minute those that the lag already lets through.
type span struct {
	account *Account
	now     int64
	lo, mid int64
	fresh   []int64
	reverse bool
}

func (a *Account) span(lo, hi, now int64, reverse bool) *span {
	s := &span{account: a, now: now, lo: lo, mid: min(hi, max(lo, a.first(now-maxLag+1))), reverse: reverse}
	for n := s.mid; n < hi; n++ {
		if a.start(n) <= a.asOf(n, now) {
			s.fresh = append(s.fresh, n)
		}
	}
	return s
}

// Len implements history.Hits.
func (s *span) Len() int { return int(s.mid-s.lo) + len(s.fresh) }

// Append implements history.Hits.
func (s *span) Append(dst []byte, i int, v history.View) []byte {
	if s.reverse {
		i = s.Len() - 1 - i
	}
	n := s.lo + int64(i)
	if n >= s.mid {
		n = s.fresh[n-s.mid]
	}
	return s.account.appendRecord(dst, n, s.now, v)
}
