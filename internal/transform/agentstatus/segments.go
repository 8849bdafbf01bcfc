package agentstatus

import (
	"encoding/json"
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

// Segments gives every stay in a status that ended in the window: it ends with the next
// change of that agent, of whatever kind. A login takes the status that is set after it. A
// stay belongs to the window that it ends in and is given whole; with clip it is given to
// every window that it touches, cut at its edges. Time after a logout is no stay, and neither
// is what ends the moment it began.
type Segments struct {
	Window
	agents state
	clip   bool
}

// NewSegments goes on from what the window before left.
func NewSegments(w Window, clip bool) (*Segments, error) {
	agents, _, err := w.begin()
	return &Segments{Window: w, agents: agents, clip: clip}, err
}

// Add implements the fold.
func (f *Segments) Add(_ string, root jsonrec.Value, rec source.Record, give func(source.Record) error) error {
	agent, c, err := read(root, rec.Order)
	if err != nil {
		return err
	}
	before := f.agents[agent]
	if before != nil && before.Type == login && c.Sequence == before.next() && c.Session == noSession {
		c.Since = before.Since // the status after a login is that of the login
		f.agents.follow(agent, c)
		return nil
	}
	f.agents.follow(agent, c)
	if before == nil || rec.Order < f.From {
		return nil
	}
	session := before.Session
	if session == noSession {
		session = c.Session // the first two events of a login have that of the third
	}
	return f.give(before, session, rec.Order, false, rec, give)
}

// End implements the fold. With clip it gives the stays that go on.
func (f *Segments) End(give func(source.Record) error) ([]byte, error) {
	var open []string
	for agent := range f.agents {
		open = append(open, agent)
	}
	slices.Sort(open)
	for _, agent := range open {
		if !f.clip {
			break
		}
		l := f.agents[agent]
		if err := f.give(l, l.Session, f.To, true, source.Record{ID: "open:" + agent, Order: f.To, FetchedAt: f.To}, give); err != nil {
			return nil, err
		}
	}
	return json.Marshal(f.agents)
}

func (f *Segments) give(l *last, session string, end int64, open bool, rec source.Record, give func(source.Record) error) error {
	start, cut := l.Since, cutNone
	if f.clip {
		started := l.Since < f.From
		start = max(start, f.From)
		switch {
		case started && open:
			cut = cutBoth
		case started:
			cut = cutStart
		case open:
			cut = cutEnd
		}
	}
	if start == end {
		return nil
	}
	made := append(slices.Clone(l.Who[:len(l.Who)-1]), `,"sessionId":`...)
	made = jsonrec.AppendText(made, []byte(session))
	for _, m := range []struct {
		name  string
		value []byte
	}{
		{"statusSubType", l.Status},
		{"statusReasonId", l.Reason},
		{"statusReasonText", l.Text},
		{"startedAt", strconv.AppendInt(nil, start, 10)},
		{"endedAt", strconv.AppendInt(nil, end, 10)},
		{"durationMs", strconv.AppendInt(nil, end-start, 10)},
		{"cut", jsonrec.AppendText(nil, []byte(cut))},
		{"localDay", jsonrec.AppendText(nil, []byte(time.UnixMilli(start).In(f.Zone).Format(time.DateOnly)))},
	} {
		made = append(append(made, `,"`+m.name+`":`...), m.value...)
	}
	made = append(made, '}')
	rec.Raw = made
	return give(rec)
}
