package simulation

import (
	"time"

	"transporter/internal/account"
	"transporter/internal/contract"
)

// This file is what people do to schedules and runs in the Temporal UI.

func (p *people) inUI(t account.Task, what string, do func(*scheduled)) {
	if s := p.server.schedules[t.ID]; s != nil {
		p.note("%s in the UI", what)
		do(s)
	}
}

func (p *people) pauseInUI(t account.Task) {
	p.inUI(t, "paused", func(s *scheduled) { s.paused, s.note = true, "by hand" })
}

func (p *people) unpauseInUI(t account.Task) {
	p.inUI(t, "unpaused", func(s *scheduled) {
		if s.paused {
			s.paused, s.through = false, p.now
		}
	})
}

// editInUI moves the schedule's time; the product does not hear of it at once.
func (p *people) editInUI(t account.Task) {
	p.inUI(t, "edited", func(s *scheduled) {
		other := t.Spec
		other.Frequency = p.frequency()
		if c, err := calendarOf(other, t.Begun()); err == nil {
			s.calendar, s.edited, s.changed, s.through = c, true, p.now, p.now
		}
	})
}

func (p *people) deleteInUI(t account.Task) {
	p.inUI(t, "deleted", func(*scheduled) { delete(p.server.schedules, t.ID) })
}

// trigger starts a run now, which names no window.
func (p *people) trigger(t account.Task) {
	p.inUI(t, "triggered", func(s *scheduled) {
		at := p.now.Truncate(time.Second)
		p.server.start(contract.RunID(acme, t.ID, s.task.Generation, at, 0, 1),
			contract.RunInput{Account: acme, Task: t.ID, Generation: s.task.Generation}, at, true)
	})
}

// backfillInUI fires everything of the last days again.
func (p *people) backfillInUI(t account.Task) {
	p.inUI(t, "backfilled", func(s *scheduled) {
		for b := range s.calendar.Boundaries(p.now.AddDate(0, 0, -4), p.now.Add(-s.calendar.Delay())) {
			fire := s.calendar.Fire(b)
			p.server.start(contract.RunID(acme, t.ID, s.task.Generation, fire, 0, 1),
				contract.RunInput{Account: acme, Task: t.ID, Generation: s.task.Generation}, fire, true)
		}
	})
}
