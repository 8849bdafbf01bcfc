package agentstatus

import (
	"encoding/json"
	"strconv"

	"transporter/internal/source"
	"transporter/internal/transform/jsonrec"
)

// Changes gives every change of the window with the member sequenceGap before its own: the
// number is not the one after the number before it in the session. The first two events of a
// login carry no session; what follows them continues them. Of an agent of whom nothing is
// known, as none of the windows before was read, it is false.
type Changes struct {
	Window
	agents state
	known  bool
}

// NewChanges goes on from what the window before left.
func NewChanges(w Window) (*Changes, error) {
	agents, known, err := w.begin()
	return &Changes{Window: w, agents: agents, known: known}, err
}

// Add implements the fold.
func (f *Changes) Add(_ string, root jsonrec.Value, rec source.Record, give func(source.Record) error) error {
	agent, c, err := read(root, rec.Order)
	if err != nil {
		return err
	}
	gap := f.agents.gap(agent, c, f.known)
	f.agents.follow(agent, c)
	if rec.Order < f.From {
		return nil
	}
	made := append([]byte(`{"sequenceGap":`), strconv.FormatBool(gap)...)
	if compact := root.AppendCompact(nil); len(compact) > len("{}") {
		made = append(append(made, ','), compact[1:]...)
	}
	rec.Raw = made
	return give(rec)
}

// gap reports whether changes are missing before this one. Known says that the state names
// everybody who was logged in.
func (s state) gap(agent string, c *last, known bool) bool {
	before, seen := s[agent]
	if c.Sequence == loginSequence {
		return false
	}
	if !seen {
		return known // so the login is missing
	}
	return c.Sequence != before.next() || before.Session != noSession && before.Session != c.Session
}

// End implements the fold.
func (f *Changes) End(func(source.Record) error) ([]byte, error) { return json.Marshal(f.agents) }
