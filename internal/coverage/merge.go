package coverage

import (
	"context"
	"time"

	"transporter/internal/contract"
	"transporter/internal/receipt"
	"transporter/internal/timeline"
)

// merged holds what is known of the windows of a query, by window and by run.
type merged struct {
	Query
	done  map[doneKey]receipt.Done
	ended map[name]receipt.RunLine
	idle  map[name]int              // last attempt that worked on nothing
	looks map[name]contract.RunName // last one that found nothing changed
	open  map[name]contract.RunName
	reach map[int]Reach // by ledger entry
}

type doneKey struct {
	generation int
	span       contract.Span
}

// longest is more than any window: one that overlaps the query ends at most so much after it.
const longest = 400 * 24 * time.Hour

func merge(ctx context.Context, book Book, q Query) (*merged, error) {
	m := &merged{
		Query: q, done: map[doneKey]receipt.Done{}, ended: map[name]receipt.RunLine{},
		idle: map[name]int{}, looks: map[name]contract.RunName{}, open: map[name]contract.RunName{}, reach: map[int]Reach{},
	}
	for d, err := range book.Dones(ctx, q.Account, q.Task, q.From, q.until()) {
		if err != nil {
			return nil, err
		}
		key := doneKey{d.Delivery.Generation, d.Delivery.Span}
		if before, ok := m.done[key]; !ok || before.Delivery.Revision <= d.Delivery.Revision {
			m.done[key] = d
		}
	}
	for l, err := range book.Lines(ctx, q.Account, q.Task) {
		if err != nil {
			return nil, err
		}
		if l.Outcome == contract.OutcomeDuplicate || l.Outcome == contract.OutcomeSkipped {
			m.idle[nameOf(l.RunName)] = max(m.idle[nameOf(l.RunName)], l.Attempt)
			continue // it worked on nothing, but its name is used up
		}
		if l.Outcome == contract.OutcomeUnchanged {
			if later(m.looks[nameOf(l.RunName)], l.RunName) {
				m.looks[nameOf(l.RunName)] = l.RunName
			}
			continue // what was delivered before still holds
		}
		if before, ok := m.ended[nameOf(l.RunName)]; !ok || later(before.RunName, l.RunName) {
			m.ended[nameOf(l.RunName)] = l
		}
	}
	for id := range q.Open {
		if n, ok := contract.ParseRunID(id); ok {
			m.open[nameOf(n)] = n
		}
	}
	return m, nil
}

// until bounds the ends of the windows of a query.
func (q Query) until() time.Time {
	if end := q.Now.Add(longest); end.Before(q.To) {
		return end
	}
	return q.To.Add(longest)
}

// later reports that b is a later revision or attempt than a.
func later(a, b contract.RunName) bool {
	return b.Revision > a.Revision || b.Revision == a.Revision && b.Attempt > a.Attempt
}

// line says what became of one window.
func (m *merged) line(w timeline.Window) (Line, error) {
	l := Line{Window: w}
	from, to := w.Span()
	key := name{w.Generation, w.Fire.Unix()}
	ended, ran := m.ended[key]
	if ran {
		l.Run, l.Attempt = ended.ID(), ended.Attempt
	}
	n, open := m.open[key]
	if d, ok := m.done[doneKey{w.Generation, contract.Span{From: from, To: to}}]; ok {
		l.Status, l.Revision, l.Rows, l.At = Delivered, d.Delivery.Revision, d.Rows, d.At
		if look := m.looks[key]; look.Revision == l.Revision+1 {
			l.Looked = look.Attempt
		}
		if d.Outcome == contract.OutcomeEmpty {
			l.Status = Empty
		}
		if !ran && d.Run.Attempt > 0 { // it has yet to write its record, or bears the name of another generation
			l.Run, l.Attempt = d.Run.ID(), d.Run.Attempt
		}
		return l, nil
	}
	if open {
		l.Status, l.Run, l.Attempt = Running, n.ID(), n.Attempt
		return l, nil
	}
	reach, err := m.reachOf(w.Seq)
	if err != nil {
		return l, err
	}
	switch {
	case w.State == timeline.Paused:
		l.Status = Paused
	case w.State == timeline.Skipped:
		l.Status = Skipped
	case w.State == timeline.Dropped:
		l.Status = Dropped
	case ran && ended.Outcome == contract.OutcomeExpired:
		l.Status = Lost
	case ran:
		l.Status = Failed
	case w.Fire.After(m.Now):
		l.Status = NotDue
	case w.From.Before(reach.Since):
		l.Status = Lost
	default:
		l.Status, l.Attempt = Missing, m.idle[key]
	}
	return l, nil
}

// nextFire turns a missing window of a report about now into a lost one when the run after
// it is due.
func (m *merged) nextFire(l *Line, next time.Time) {
	if l.Status == Missing && m.reach[l.Seq].Snapshot && !next.After(m.Now) {
		l.Status = Lost
	}
}

func (m *merged) reachOf(seq int) (Reach, error) {
	if r, ok := m.reach[seq]; ok {
		return r, nil
	}
	r, err := m.Reach(m.Timeline.Entry(seq).Spec)
	m.reach[seq] = r
	return r, err
}
