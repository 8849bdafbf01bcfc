package timeline

import (
	"transporter/internal/ledger"
	"transporter/internal/task"
)

// freeze puts frozen windows in the place of the computed ones of their entries. Those that
// a later reset replaced stay away.
func (t *Timeline) freeze(records []ledger.Frozen) {
	for i := range t.segments {
		s := &t.segments[i]
		if s.calendar == nil || s.none {
			continue
		}
		for _, r := range records {
			for _, f := range r.Windows {
				if f.Seq != s.entry.Seq || !s.last.IsZero() && f.To.After(s.last) {
					continue
				}
				s.frozen = append(s.frozen, Window{
					Window: task.Window{From: f.From, To: f.To}, Fire: f.Fire, Seq: f.Seq, Generation: s.entry.Generation,
				})
				s.through = f.To
			}
		}
	}
}
