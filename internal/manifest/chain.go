package manifest

import (
	"cmp"
	"slices"
	"time"

	"transporter/internal/task"
)

// chain holds the manifests of each leg of a task against each other: windows that are
// missing, overlap, or were delivered again.
func (c *folder) chain() {
	slices.SortStableFunc(c.all, func(a, b found) int {
		return cmp.Or(cmp.Compare(a.Task, b.Task), cmp.Compare(a.Leg, b.Leg), a.From.Compare(b.From), a.To.Compare(b.To),
			cmp.Compare(a.Generation, b.Generation), cmp.Compare(a.Revision, b.Revision))
	})
	for len(c.all) > 0 {
		n := 1
		for n < len(c.all) && c.all[n].Task == c.all[0].Task {
			n++
		}
		c.task(c.all[:n])
		c.all = c.all[n:]
	}
}

// task checks the manifests of one task, leg by leg.
func (c *folder) task(all []found) {
	windows := map[task.Window]bool{} // of any leg
	for _, m := range all {
		windows[key(m.Window)] = true
	}
	for rest := all; len(rest) > 0; {
		n := 1
		for n < len(rest) && rest[n].Leg == rest[0].Leg {
			n++
		}
		leg := c.newest(rest[:n])
		c.absent(leg)
		c.overlaps(leg)
		c.gaps(leg, all[0].From, windows)
		c.summary(leg)
		rest = rest[n:]
	}
}

// newest returns the manifest that holds for each window: the greatest generation and
// revision, which come last.
func (c *folder) newest(all []found) (leg []found) {
	for _, m := range all {
		last := len(leg) - 1
		if last < 0 || key(leg[last].Window) != key(m.Window) {
			if m.Changes() {
				c.unbased(m)
			}
			leg = append(leg, m)
			continue
		}
		switch before := leg[last]; {
		case before.Generation == m.Generation && before.Revision == m.Revision:
			c.problem(m.path, "the window of %s is there twice: also by %s", spell(m.Window), before.path)
		case m.Changes() && (before.Generation != m.Generation || before.Revision != m.Revises.Revision):
			c.unbased(m)
		case m.Changes():
			c.note(m.path, "the window of %s has changed: apply this after %s", spell(m.Window), before.path)
		default:
			c.note(m.path, "the window of %s was delivered again: read this in place of %s", spell(m.Window), before.path)
		}
		leg[last] = m
	}
	return leg
}

// unbased tells of changes whose base is missing.
func (c *folder) unbased(m found) {
	c.problem(m.path, "it has what changed in the window of %s since revision %d, which is missing", spell(m.Window), m.Revises.Revision)
}

// absent tells of parts of windows of which the platform had nothing.
func (c *folder) absent(leg []found) {
	for _, m := range leg {
		for _, w := range m.Absent {
			c.note(m.path, "the platform had exported nothing of %s: what happened then is not known", spell(w))
		}
	}
}

// overlaps finds time that two windows cover: its rows are there twice. After an edit that
// begins in the past the newer generation holds.
func (c *folder) overlaps(leg []found) {
	for i := 1; i < len(leg); i++ {
		a, b := leg[i-1], leg[i]
		switch {
		case !b.From.Before(a.To):
		case a.Generation == b.Generation:
			c.problem(b.path, "its window %s overlaps that of %s: rows may be there twice", spell(b.Window), a.path)
		default:
			c.note(b.path, "its window %s overlaps that of %s: the one of generation %d holds",
				spell(b.Window), a.path, max(a.Generation, b.Generation))
		}
	}
}

// gaps finds windows that a manifest says come before its own and that are not there. What
// lies before the first manifest of the task is not the folder's.
func (c *folder) gaps(leg []found, begin time.Time, ofTask map[task.Window]bool) {
	there := map[task.Window]bool{}
	for _, m := range leg {
		there[key(m.Window)] = true
	}
	for i, m := range leg {
		if m.Previous == nil || there[key(*m.Previous)] || !m.Previous.To.After(begin) || i == 0 && ofTask[key(*m.Previous)] {
			continue
		}
		if m.SkipsEmpty {
			c.note(m.path, "no manifest for %s, the window before: it had no rows, of which this task sends nothing, or it is missing", spell(*m.Previous))
			continue
		}
		c.problem(m.path, "the window before is missing: %s", spell(*m.Previous))
	}
}

func (c *folder) summary(leg []found) {
	last := leg[len(leg)-1]
	s := Summary{Task: last.Task, Leg: last.Leg, Report: last.Report, From: leg[0].From, To: last.To, Windows: len(leg)}
	for _, m := range leg {
		s.Rows += m.held()
		if m.To.After(s.To) {
			s.To = m.To
		}
	}
	c.report.Tasks = append(c.report.Tasks, s)
}

// key makes equal windows equal values.
func key(w task.Window) task.Window { return task.Window{From: w.From.UTC(), To: w.To.UTC()} }

func spell(w task.Window) string {
	return w.From.UTC().Format(time.RFC3339) + " to " + w.To.UTC().Format(time.RFC3339)
}
