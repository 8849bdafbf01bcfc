package sandbox

import (
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Kind names a fault.
type Kind string

// The faults; each API says them in its own words. Those of the second group spoil pages of the messaging history only.
const (
	TooManyRequests Kind = "too_many_requests" // 429, with Retry-After when retryAfter is given
	ServerError     Kind = "server_error"      // 500
	Unavailable     Kind = "unavailable"       // 503, with Retry-After when retryAfter is given
	Unauthorized    Kind = "unauthorized"      // 401 token_rejected
	Forbidden       Kind = "forbidden"         // 403
	SlowBody        Kind = "slow_body"         // the body takes delayMs longer
	CutBody         Kind = "cut_body"          // what was asked is done; the connection dies in the middle of the body
	LostAnswer      Kind = "lost_answer"       // what was asked is done; the connection dies before an answer
	BadGateway      Kind = "bad_gateway"       // 502
	Closed          Kind = "closed"            // 400 of a closed conversation, on the Connector API

	PartialResult Kind = "partial_result" // partialResult is true and a row is missing
	PartialRecord Kind = "partial_record" // the first record is cut and isPartial; by id it is whole
	CountDrift    Kind = "count_drift"    // a page after the first says rows more than the others
	CountMismatch Kind = "count_mismatch" // pages say rows more than there are
	DuplicateRows Kind = "duplicate_rows" // the page before's last row comes again, and rows of this page twice
	MissingRows   Kind = "missing_rows"   // rows of the page are left out, the count is not
)

var kinds = []Kind{
	TooManyRequests, ServerError, Unavailable, Unauthorized, Forbidden, SlowBody, CutBody, LostAnswer, BadGateway, Closed,
	PartialResult, PartialRecord, CountDrift, CountMismatch, DuplicateRows, MissingRows,
	HugeRecord, DeepRecord, RepeatedMember, WrongType, BrokenText, NamelessRecord,
}

// Fault says which calls go wrong and how. Calls whose path begins with Path are counted;
// the first After of them go well. Then, with Forever all go wrong, with Every each
// Every-th, at most Times of them when it is set, and otherwise the next Times (at least
// one).
type Fault struct {
	Path       string `json:"path"`
	Exact      bool   `json:"exact,omitempty"` // the path is Path, not one that begins with it
	Kind       Kind   `json:"kind"`
	After      int    `json:"after,omitempty"`
	Times      int    `json:"times,omitempty"`
	Every      int    `json:"every,omitempty"`
	Forever    bool   `json:"forever,omitempty"`
	RetryAfter *int   `json:"retryAfter,omitempty"` // seconds
	DelayMS    int    `json:"delayMs,omitempty"`    // of slow_body; default 1000
	Rows       int    `json:"rows,omitempty"`       // how many; default 1
}

// FaultState is a fault with what it has done so far.
type FaultState struct {
	Fault
	Calls int `json:"calls"` // matching calls
	Hits  int `json:"hits"`  // of them gone wrong
}

// faults decides, in the order of arrival, which calls go wrong.
type faults struct {
	mu   sync.Mutex
	seed uint64
	list []*FaultState
}

// SetFaults replaces all faults. A fault that can never happen is an error that names
// its field.
func (s *Server) SetFaults(list ...Fault) error {
	for i := range list {
		if err := list[i].check(); err != nil {
			return fmt.Errorf("faults[%d].%w", i, err)
		}
	}
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.list = nil
	for _, f := range list {
		s.faults.list = append(s.faults.list, &FaultState{Fault: f})
	}
	return nil
}

// Faults reports the faults and what they have done.
func (s *Server) Faults() []FaultState {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	list := make([]FaultState, len(s.faults.list))
	for i, f := range s.faults.list {
		list[i] = *f
	}
	return list
}

func (f *Fault) check() error {
	switch {
	case !strings.HasPrefix(f.Path, "/"):
		return fmt.Errorf("path: %q must be a path prefix that begins with /", f.Path)
	case !slices.Contains(kinds, f.Kind):
		return fmt.Errorf("kind: %q is not one of %v", f.Kind, kinds)
	case f.After < 0 || f.Times < 0 || f.Every < 0 || f.DelayMS < 0 || f.Rows < 0:
		return fmt.Errorf("after, times, every, delayMs and rows must not be negative")
	case f.Forever && (f.Every > 0 || f.Times > 0):
		return fmt.Errorf("forever: cannot be combined with every or times")
	case f.RetryAfter != nil && *f.RetryAfter < 0:
		return fmt.Errorf("retryAfter: must be seconds, 0 or more")
	}
	if f.DelayMS == 0 {
		f.DelayMS = 1000
	}
	f.Rows = max(f.Rows, 1)
	return nil
}

// hit is a fault that happens to a call, with a number drawn for it.
type hit struct {
	Fault
	draw uint64
}

// strike returns what goes wrong with a call.
func (f *faults) strike(path string, offset int) []hit {
	f.mu.Lock()
	defer f.mu.Unlock()
	var list []hit
	for i, s := range f.list {
		if !strings.HasPrefix(path, s.Path) || s.Exact && path != s.Path || s.Kind == CountDrift && offset == 0 {
			continue
		}
		s.Calls++
		if s.due() {
			s.Hits++
			list = append(list, hit{s.Fault, draw(f.seed, uint64(i), uint64(s.Hits))})
		}
	}
	return list
}

func (s *FaultState) due() bool {
	k := s.Calls - s.After
	switch {
	case k < 1:
		return false
	case s.Forever:
		return true
	case s.Every > 0:
		return k%s.Every == 0 && (s.Times == 0 || s.Hits < s.Times)
	}
	return s.Hits < max(s.Times, 1)
}

// draw mixes numbers into one; which rows are hit depends on it alone.
func draw(parts ...uint64) uint64 {
	h := uint64(0xcbf29ce484222325)
	for _, p := range parts {
		h = (h ^ p) * 0x100000001b3
		h ^= h >> 29
	}
	return h
}
