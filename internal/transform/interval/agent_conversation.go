package interval

import (
	"transporter/internal/transform/jsonrec"
	"transporter/internal/transform/messaging"
)

// conversation counts one that had a moment in the window.
func (f *Agents) conversation(root jsonrec.Value) error {
	c := &f.talk
	c.Reset(root)
	if d := c.Check(); d != nil {
		return d
	}
	place := 0
	c.AgentStays(func(s *messaging.AgentStay) {
		if s.Agent != nil && s.From < f.window.To && f.counts(s.Agent, c.AgentType(s.Agent)) {
			f.nameByStay(s)
			f.assigned(s)
			f.awaited(s, place)
		}
		place++
	})
	clear(f.talked)
	c.EachSaid(func(m messaging.Said) {
		if m.Agent != nil && f.counts(m.Agent, c.AgentType(m.Agent)) {
			f.said(&m)
		}
	})
	return nil
}

// assigned counts a stay: its beginning, its time and its end, each where it lies.
func (f *Agents) assigned(s *messaging.AgentStay) {
	if t := f.table.at(s.Agent, s.From); t != nil {
		t.started++
	}
	to := s.To
	if !s.Ended {
		to = f.window.To
	}
	f.Axis.Clip(s.From, to, func(i int, from, to int64) {
		t := f.table.in(s.Agent, i)
		start, end := f.Axis.Bounds(i)
		t.concurrency += to - from
		t.mark(assigned, start, end, from, to)
	})
	if !s.Ended {
		return
	}
	if t := f.table.at(s.Agent, s.To); t != nil {
		t.end(s)
		if d := t.ofDay(f.Days); d != nil && s.Closed() {
			d.rate(f.talk.Ratings())
		}
	}
}

// end counts a stay that ended in the interval (G8).
func (t *agentTally) end(s *messaging.AgentStay) {
	t.segment.add(s.To - s.From)
	if s.Answered {
		t.first.add(s.FirstResponse)
	}
	t.response.sum, t.response.n = t.response.sum+s.ResponseSum, t.response.n+s.Responses
	if s.Messages > 0 {
		t.handled++
	}
	switch {
	case s.Closed():
		t.closed++
	case s.Transferred():
		t.transferred++
	case s.Returned():
		t.returned++
	}
}

// awaited counts the time that the agent owed an answer in a stay. Where handle time was read,
// that of stays which ended in the window is known better.
func (f *Agents) awaited(s *messaging.AgentStay, place int) {
	if f.Days || f.measure && s.Ended && s.To >= f.window.From && s.To < f.window.To {
		return
	}
	f.talk.EachAwait(place, func(from, to int64) { f.worked(s.Agent, from, to) })
}

// worked counts a span in which the agent was busy.
func (f *Agents) worked(agent []byte, from, to int64) {
	f.Axis.Clip(from, to, func(i int, from, to int64) {
		start, end := f.Axis.Bounds(i)
		f.table.in(agent, i).mark(busy, start, end, from, to)
	})
}

func (f *Agents) said(m *messaging.Said) {
	t := f.table.at(m.Agent, m.At)
	if t == nil {
		return
	}
	t.messages++
	if m.Response {
		t.responses++
	}
	if d := t.ofDay(f.Days); d != nil && !f.talked[t] {
		f.talked[t] = true
		d.talks++
	}
}

// R9: of NPS, which is 0 to 10, 9 and 10 promote, and 0 to 6 do not.
const (
	promoterNPS   = 9
	detractorsNPS = 6
)

// rate counts what the consumer answered, of conversations that ended with the agent.
func (d *dayTally) rate(r messaging.Ratings) {
	if r.CSAT >= lowestCSAT {
		d.rated++
		if r.CSAT >= goodCSAT {
			d.good++
		}
	}
	if r.NPS >= 0 {
		d.scored++
		switch {
		case r.NPS >= promoterNPS:
			d.promoters++
		case r.NPS <= detractorsNPS:
			d.detractors++
		}
	}
	if r.FCR >= 0 {
		d.resolved++
		d.resolvedAtFirst += int32(r.FCR)
	}
}
