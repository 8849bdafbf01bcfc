package feedbook

import (
	"context"
	"fmt"
	"slices"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/feed"
	"transporter/internal/latest"
)

// State is a table as a task has it after a delivery: the leaves that it is made of. States of a
// task are numbered in the order of their commits; each number is taken once, by put-if-absent.
type State struct {
	Number   int               `json:"number"`
	Delivery contract.Delivery `json:"delivery"`      // that brought it
	Legs     []string          `json:"legs"`          // which deliver it
	Key      feed.Key          `json:"key,omitempty"` // what the rows of all its leaves are told apart by, see Table
	Leaves   []Member          `json:"leaves"`        // in the order of their stamps
	Base     *Base             `json:"base,omitempty"`
	Tags     int32             `json:"tags"` // given so far
}

// Member is a leaf as it is part of a state. A leaf that is exported anew is another member.
type Member struct {
	feed.Stamp

	Print string     `json:"print"`
	Rows  latest.Set `json:"rows"`
	Tag   int32      `json:"tag"`
}

// Base is what many leaves were merged into. Those that are gone or were exported anew since do not
// count any more.
type Base struct {
	Rows    latest.Set `json:"rows"`
	Members []Merged   `json:"members"`
	Without []int32    `json:"without,omitempty"`

	kept map[string]string // records of the members that are there, see stored
}

// Merged is a leaf whose rows are in the base.
type Merged struct {
	feed.Stamp

	Print string `json:"print"`
	Tag   int32  `json:"tag"`
}

// Has reports whether the state is made of these very leaves already.
func (s *State) Has(leaves []Leaf) bool {
	return !slices.ContainsFunc(leaves, func(l Leaf) bool { return s.print(l.Stamp) != l.Print })
}

// print returns the fingerprint of the leaf as it is part of the state.
func (s *State) print(at feed.Stamp) string {
	for _, m := range s.Leaves {
		if m.Stamp == at {
			return m.Print
		}
	}
	if s.Base != nil {
		for _, m := range s.Base.Members {
			if m.Stamp == at {
				return m.Print
			}
		}
	}
	return ""
}

// Prints returns the leaves that the state is made of.
func (s *State) Prints() (prints []Print) {
	for _, m := range s.Leaves {
		prints = append(prints, Print{Stamp: m.Stamp, Print: m.Print, Key: s.Key})
	}
	if s.Base != nil {
		for _, m := range s.Base.Members {
			prints = append(prints, Print{Stamp: m.Stamp, Print: m.Print, Key: s.Key})
		}
	}
	return prints
}

// Anew returns the state made of these leaves alone, of which another key tells the rows apart.
func (s *State) Anew(key feed.Key, leaves []Leaf) State {
	anew := (&State{Key: key}).With(leaves)
	anew.Number = s.Number
	return anew
}

// With returns the state after these leaves came, or came anew.
func (s *State) With(leaves []Leaf) State {
	next := State{Number: s.Number + 1, Key: s.Key, Leaves: slices.Clone(s.Leaves), Tags: s.Tags}
	if s.Base != nil {
		next.Base = &Base{Rows: s.Base.Rows, Members: slices.Clone(s.Base.Members), Without: slices.Clone(s.Base.Without), kept: s.Base.kept}
	}
	for _, l := range leaves {
		if s.print(l.Stamp) == l.Print {
			continue
		}
		next.drop(l.Stamp)
		next.Leaves = append(next.Leaves, Member{Stamp: l.Stamp, Print: l.Print, Rows: l.Rows, Tag: next.Tags})
		next.Tags++
	}
	slices.SortFunc(next.Leaves, func(a, b Member) int { return a.Compare(b.Stamp) })
	return next
}

func (s *State) drop(at feed.Stamp) {
	s.Leaves = slices.DeleteFunc(s.Leaves, func(m Member) bool { return m.Stamp == at })
	if s.Base == nil {
		return
	}
	s.Base.Members = slices.DeleteFunc(s.Base.Members, func(m Merged) bool {
		if m.Stamp == at {
			s.Base.Without = append(s.Base.Without, m.Tag)
		}
		return m.Stamp == at
	})
}

// Sets returns the rows of the table. Of a snapshot table only those of its newest leaf count
// (docs.asapp.com/reporting/retrieve-s3: such tables are exported whole each time).
func (s *State) Sets(snapshot bool) []latest.Tagged {
	var sets []latest.Tagged
	if s.Base != nil && !snapshot {
		sets = append(sets, latest.Tagged{Set: s.Base.Rows, Without: s.Base.Without})
	}
	members := s.Leaves
	if snapshot {
		members = members[max(0, len(members)-1):]
	}
	for _, m := range members {
		sets = append(sets, latest.Tagged{Set: m.Rows, Tag: m.Tag})
	}
	return sets
}

func statesFolder(d contract.Delivery) string {
	return fmt.Sprintf("%s%s/%s/g%d/", tablesFolder, d.Account, d.Task, d.Generation)
}

func stateKey(d contract.Delivery, number int) string {
	return fmt.Sprintf("%s%08d", statesFolder(d), number)
}

// pointerKey tells the number of the state that a delivery brought.
func pointerKey(d contract.Delivery) string {
	return fmt.Sprintf("tables-by/%s/%s/g%d/%s-r%d", d.Account, d.Task, d.Generation, d.Span, d.Revision)
}

// Place is where a delivery stands among the states of its task.
type Place struct {
	Base State  // the state before it; the zero State: there is none
	Own  *State // the one that the delivery brought, if it did
}

// recent is how many of the newest states are looked through for one whose pointer was not
// written, because the process died in between.
const recent = 20

// Place finds the state that the delivery brought and the one before it, or the newest.
func (l *Ledger) Place(ctx context.Context, d contract.Delivery) (p Place, err error) {
	d.Leg = ""
	var own int
	if _, err := l.records.Get(ctx, pointerKey(d), &own); err != nil {
		return p, err
	}
	keys, err := l.keys(ctx, statesFolder(d))
	if err != nil {
		return p, err
	}
	for n := len(keys); own == 0 && n > max(0, len(keys)-recent); n-- {
		s, err := l.there(ctx, d, n)
		if err != nil {
			return p, err
		}
		if n == len(keys) {
			newest, err := l.unfold(ctx, s)
			if err != nil {
				return p, err
			}
			p.Base = *newest
		}
		if s.Delivery == d {
			own = n
		}
	}
	if own == 0 {
		return p, nil
	}
	if p.Own, err = l.state(ctx, d, own); err != nil || own == 1 {
		return Place{Own: p.Own}, err
	}
	before, err := l.state(ctx, d, own-1)
	if err != nil {
		return p, err
	}
	p.Base = *before
	return p, nil
}

// state returns the state of a number that must be there.
func (l *Ledger) state(ctx context.Context, d contract.Delivery, number int) (*State, error) {
	s, err := l.there(ctx, d, number)
	if err != nil {
		return nil, err
	}
	return l.unfold(ctx, s)
}

// there returns that state as it is kept.
func (l *Ledger) there(ctx context.Context, d contract.Delivery, number int) (*stored, error) {
	var s stored
	found, err := l.records.Get(ctx, stateKey(d, number), &s)
	if err == nil && (!found || s.Number != number) {
		err = gone(number)
	}
	return &s, err
}

func gone(number int) error {
	return fault.New(fault.Corrupt, "state %d of the table is gone", number).WithFix("look for what has removed objects of the store; reset the task to begin a new table")
}

// State returns the state of the number; nil if there is none.
func (l *Ledger) State(ctx context.Context, d contract.Delivery, number int) (*State, error) {
	var s stored
	found, err := l.records.Get(ctx, stateKey(d, number), &s)
	if err != nil || !found {
		return nil, err
	}
	return l.unfold(ctx, &s)
}

// Commit makes the state the next of its task. One that came second is fault.NotReady: render
// again on top of the other.
func (l *Ledger) Commit(ctx context.Context, s State) error {
	folded, err := l.fold(ctx, s)
	if err != nil {
		return err
	}
	won, err := l.records.PutIfAbsent(ctx, stateKey(s.Delivery, s.Number), folded)
	if err != nil {
		return err
	}
	if !won {
		other, err := l.there(ctx, s.Delivery, s.Number)
		if err != nil {
			return err
		}
		if other.Delivery != s.Delivery {
			return fault.New(fault.NotReady, "another window of the task has been rendered meanwhile").WithFix("nothing: the step is tried again")
		}
	}
	_, err = l.records.PutIfAbsent(ctx, pointerKey(s.Delivery), s.Number)
	return err
}
