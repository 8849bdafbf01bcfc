package live

import "slices"

// note keeps account of what the consumer said in the main dialog and no agent has accepted or
// read.
func (c *conversation) note(d *dialog, from Participant, sequence int, ev *event) {
	switch {
	case d != c.main() || !ev.numbered():
	case ev.Type == eventAccept && from.Role != RoleConsumer:
		c.unmarked[ev.Status] = slices.DeleteFunc(c.unmarked[ev.Status], func(n int) bool { return slices.Contains(ev.SequenceList, n) })
	case ev.Type != eventAccept && from.Role == RoleConsumer:
		for _, status := range []string{"ACCEPT", "READ"} {
			c.unmarked[status] = append(c.unmarked[status], sequence)
		}
	}
}
