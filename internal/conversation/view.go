package conversation

// View is a conversation as people and programs are shown it: its state without what only the
// reading needs.
type View struct {
	State
	App     string    `json:"app"`             // of ours, through which it is held
	Phase   string    `json:"phase"`           // open, survey, closed
	Queue   string    `json:"queue,omitempty"` // the skill for which it waits
	Agent   string    `json:"agent,omitempty"` // who answers
	Waiting []Waiting `json:"waiting,omitempty"`
	Trouble string    `json:"trouble,omitempty"` // why a step does not get on
	// Unrelayed is how many entries of the journal the callback has not got yet.
	Unrelayed int64 `json:"unrelayed,omitempty"`
}

// Waiting is a dialog whose events wait for an earlier one.
type Waiting struct {
	Dialog string `json:"dialog"`
	For    int    `json:"for"`   // the number that is missing
	Held   int    `json:"held"`  // events that wait
	Since  int64  `json:"since"` // epoch milliseconds
	Asked  int    `json:"asked"` // how often the history was asked
}

// View returns what is shown of the state.
func (s *State) View() View {
	v := View{State: *s, Phase: s.Phase(), Queue: s.Queue(), Agent: s.Agent()}
	for i := range s.Readings {
		if r := &s.Readings[i]; r.waits() {
			v.Waiting = append(v.Waiting, Waiting{Dialog: r.Dialog, For: r.Next, Held: len(r.Held), Since: r.Since, Asked: r.Asked})
		}
	}
	v.Readings, v.Answers, v.Forgotten, v.Doubts, v.Others, v.Outbox = nil, nil, nil, nil, nil, nil
	return v
}
