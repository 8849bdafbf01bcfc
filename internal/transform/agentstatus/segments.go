package agentstatus

import (
	"slices"
	"strconv"
	"time"

	"transporter/internal/source"
	"transporter/internal/transform/jsonrec"
)

// How a stay was cut at the edges of the window.
const (
	cutNone  = "none"
	cutStart = "window_start"
	cutEnd   = "window_end"
	cutBoth  = "both"
)

// Segments gives every stay in a status that ended in the window, whole; with clip every one
// that touches it, cut at its edges.
type Segments struct {
	Window
	stays *Stays
	clip  bool
	told  func(id string, from ...string) // see Tell
}

// NewSegments goes on from what the window before left.
func NewSegments(w Window, clip bool) (*Segments, error) {
	stays, err := NewStays(w)
	return &Segments{Window: w, stays: stays, clip: clip}, err
}

// Add implements the fold.
func (f *Segments) Add(_ string, root jsonrec.Value, rec source.Record, give func(source.Record) error) error {
	stay, err := f.stays.Next(root, rec.Order, rec.ID)
	if err != nil || stay == nil || rec.Order < f.From {
		return err
	}
	return f.give(stay, false, rec, give)
}

// Tell has told called with the id of every record that is given from now on, and those of the
// changes before the present one that it is made of.
func (f *Segments) Tell(told func(id string, from ...string)) { f.told = told }

// End implements the fold. With clip it gives the stays that go on.
func (f *Segments) End(give func(source.Record) error) ([]byte, error) {
	if f.clip {
		err := f.stays.Open(f.To, func(s *Stay) error {
			return f.give(s, true, source.Record{ID: "open:" + s.Agent, Order: f.To, FetchedAt: f.To}, give)
		})
		if err != nil {
			return nil, err
		}
	}
	return f.stays.State()
}

func (f *Segments) give(s *Stay, open bool, rec source.Record, give func(source.Record) error) error {
	start, cut := s.From, cutNone
	if f.clip {
		start, cut = max(s.From, f.From), f.cutOf(s, open)
	}
	if start == s.To {
		return nil
	}
	if f.told != nil {
		f.told(rec.ID, s.Changes...)
	}
	made := append(slices.Clone(s.Who[:len(s.Who)-1]), `,"sessionId":`...)
	made = jsonrec.AppendText(made, []byte(s.Session))
	for _, m := range []struct {
		name  string
		value []byte
	}{
		{"statusSubType", s.Status},
		{"statusReasonId", s.Reason},
		{"statusReasonText", s.Text},
		{"startedAt", strconv.AppendInt(nil, start, 10)},
		{"endedAt", strconv.AppendInt(nil, s.To, 10)},
		{"durationMs", strconv.AppendInt(nil, s.To-start, 10)},
		{"cut", jsonrec.AppendText(nil, []byte(cut))},
		{"localDay", jsonrec.AppendText(nil, []byte(time.UnixMilli(start).In(f.Zone).Format(time.DateOnly)))},
	} {
		made = append(append(made, `,"`+m.name+`":`...), m.value...)
	}
	made = append(made, '}')
	rec.Raw = made
	return give(rec)
}

func (f *Segments) cutOf(s *Stay, open bool) string {
	switch started := s.From < f.From; {
	case started && open:
		return cutBoth
	case started:
		return cutStart
	case open:
		return cutEnd
	}
	return cutNone
}
