package live

import "slices"

// TTR is the time to respond: how long after the consumer's last message, in seconds, an answer
// is due.
type TTR struct {
	Type  string `json:"ttrType"`
	Value int64  `json:"value"`
}

// nothingDue is the effectiveTTR while nobody waits.
const nothingDue = -1

// ttrCustom is set by its value alone.
const ttrCustom = "CUSTOM"

// ttrSeconds are an account's times by name. PRIORITIZED is the published samples', which ask for
// none; the others are made up.
var ttrSeconds = map[string]int64{"URGENT": 300, "PRIORITIZED": 600, "NORMAL": 1200}

var ttrTypes = []string{ttrCustom, "NORMAL", "PRIORITIZED", "URGENT"}

func namedTTR(name string) (TTR, error) {
	if name == "" {
		name = "PRIORITIZED"
	}
	seconds, ok := ttrSeconds[name]
	if !ok {
		return TTR{}, invalid("ttrDefName: %q must be NORMAL, URGENT, PRIORITIZED or null", name)
	}
	return TTR{Type: name, Value: seconds}, nil
}

func (t TTR) check() error {
	if !slices.Contains(ttrTypes, t.Type) {
		return invalid("ttrType: %q must be one of %v", t.Type, ttrTypes)
	}
	if t.Value < 0 {
		return invalid("value: %d must be seconds, 0 or more", t.Value)
	}
	return nil
}

// asked notes that the consumer waits for an answer since then.
func (c *conversation) asked(at int64) {
	c.lastAsked = at
	c.due = at + c.ttr.Value*1000
}

// answered notes that nothing is due.
func (c *conversation) answered() { c.due = nothingDue }

func (c *conversation) setTTR(t TTR) {
	c.ttr = t
	if c.due != nothingDue {
		c.asked(c.lastAsked)
	}
}
