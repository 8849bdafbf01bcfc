package timeline

import "transporter/internal/ledger"

// stated fills in what the ledger makes of the window of segment i.
func (t *Timeline) stated(i int, w Window) Window {
	w.State = t.state(i, w)
	return w
}

func (t *Timeline) state(i int, w Window) State {
	paused := t.segments[i].entry.State == ledger.Disabled
	for j := i + 1; j < len(t.segments); j++ {
		s := &t.segments[j]
		switch {
		case s.entry.Reset, s.entry.Backlog == ledger.BacklogDrop && w.Fire.Before(s.from):
			return Dropped
		case paused && s.entry.State == ledger.Enabled:
			if !t.caughtUp(i, j, w) {
				return Skipped
			}
			paused = false // what follows may still drop it
		}
	}
	if paused {
		return Paused
	}
	return Expected
}

// caughtUp reports whether segment j, which enables the task, catches up the window of the
// disabled segment i.
func (t *Timeline) caughtUp(i, j int, w Window) bool {
	switch t.segments[j].entry.CatchUp {
	case ledger.CatchUpAll:
		return true
	case ledger.CatchUpLatest:
		for k := j - 1; k >= i; k-- { // the last window of the pause
			if s := &t.segments[k]; !s.none && s.calendar != nil {
				return k == i && w.To.Equal(s.last)
			}
		}
	}
	return false
}
