package interval

import (
	"bytes"
	"encoding/json"

	"transporter/internal/fault"
	"transporter/internal/source"
	"transporter/internal/transform/agentstatus"
	"transporter/internal/transform/cell"
	"transporter/internal/transform/jsonrec"
)

// statusNames are those of agents who are logged in, by the index that tallies keep.
var statusNames = [...]string{"", "online", "back_soon", "away"}

const (
	endOnline = 1 + iota
	endBackSoon
	endAway
)

// change takes a change of status.
func (f *Agents) change(root jsonrec.Value, rec source.Record) error {
	at := rec.Order
	event, err := f.stays.Event(root, at)
	if err != nil {
		return err
	}
	stay, err := f.stays.Next(root, at, rec.ID)
	if err != nil {
		return err
	}
	f.table.from = event.Before
	defer func() { f.table.from = nil }()
	id := []byte(event.Agent)
	f.nameByChange(id, root)
	if !f.counts(id, "") {
		return nil
	}
	if event.Gap {
		f.Axis.Clip(event.Since, at+1, func(i int, _, _ int64) { f.table.in(id, i).gap = true })
	}
	if t := f.table.at(id, at); t != nil {
		t.session(event, at, f.Days)
	}
	if stay == nil {
		return nil
	}
	return f.stay(stay)
}

// session counts logins and logouts.
func (t *agentTally) session(e agentstatus.Event, at int64, days bool) {
	switch {
	case e.Login:
		t.logins++
		if d := t.ofDay(days); d != nil && d.login == 0 {
			d.login = at
		}
	case e.Logout:
		t.logouts++
		if d := t.ofDay(days); d != nil {
			d.logout = at
		}
	}
}

// open takes a stay that the window ends in. Who has changed nothing in the window is named by
// the change that the stay began with.
func (f *Agents) open(s *agentstatus.Stay) error {
	if a := f.known([]byte(s.Agent)); !a.changed {
		var doc jsonrec.Doc
		who, err := doc.Parse(s.Who)
		if err != nil {
			return fault.New(fault.Corrupt, "read the agents' states that the window before left: %w", err)
		}
		f.nameByChange([]byte(s.Agent), who)
	}
	if !f.counts([]byte(s.Agent), "") {
		return nil
	}
	f.table.from = s.Changes
	defer func() { f.table.from = nil }()
	return f.stay(s)
}

// stay counts the time of an agent in a status.
func (f *Agents) stay(s *agentstatus.Stay) error {
	status := string(bytes.Trim(s.Status, `"`))
	switch status {
	case agentstatus.Offline, agentstatus.Unset, "", "null":
		return nil // who is offline is not logged in; a login that is cut has no status yet
	}
	reason := f.reasonOf(s)
	f.Axis.Clip(s.From, s.To, func(i int, from, to int64) {
		t := f.table.in([]byte(s.Agent), i)
		start, end := f.Axis.Bounds(i)
		now := int32(0)
		t.login += to - from
		switch status {
		case agentstatus.Online:
			now = endOnline
			t.online += to - from
			t.mark(whileOnline, start, end, from, to)
		case agentstatus.BackSoon:
			now = endBackSoon
			t.backSoon += to - from
		case agentstatus.Away:
			now = endAway
			t.away += to - from
			t.awayFor(reason, to-from)
			t.mark(whileAway, start, end, from, to)
		}
		if to == end {
			t.endStatus, t.endReason = now, reason
		}
	})
	return nil
}

// reasonOf returns the index of the stay's reason: by the text that the change has, else that
// of the account's reasons, else the id.
func (f *Agents) reasonOf(s *agentstatus.Stay) int32 {
	var text string
	_ = json.Unmarshal(s.Text, &text) // no text: null
	id := bytes.Trim(s.Reason, `"`)
	switch {
	case !cell.IsPlaceholder([]byte(text)):
		return f.reasons.index(text)
	case cell.IsPlaceholder(id) || string(id) == "-1" || string(id) == "0":
		return noReason
	}
	return f.reasons.index(string(orElse(f.Reason(id), id)))
}
