package transform

import (
	"bytes"
	"slices"

	"transporter/internal/report"
	"transporter/internal/transform/jsonrec"
)

// path is a report.Path made ready: its leading members are looked up together with
// those of other paths, and it remembers an index for every [name=@.path].
type path struct {
	row   bool
	from  *members // of the object that the path starts at; nil: the scope's root or element
	known *members // of the object that the last leading member is in; nil: none
	slot  int
	steps []step // what follows the leading members
}

type step struct {
	report.Step
	value []byte
	ref   *path
	index *index
}

// compilePath takes a path that the catalog has checked at load. It is evaluated in the
// scope whose members it is given; nil evaluates it alone, in any scope.
func compilePath(text string, s *scope) *path {
	p, err := report.ParsePath(text)
	if err != nil {
		panic("compile path: " + err.Error())
	}
	return compileSteps(p, s)
}

func compileSteps(p *report.Path, scope *scope) *path {
	out, steps := &path{row: p.Row}, p.Steps
	if scope != nil {
		out.from = scope.membersOf(p)
		steps = out.lead(steps)
	}
	for i, s := range steps {
		c := step{Step: s, value: []byte(s.Value)}
		if s.Ref != nil {
			c.ref, c.index = compileSteps(s.Ref, scope), &index{}
			if p := out; i == 0 && p.known != nil && !p.row {
				c.index = scope.index(p.known, p.slot, s.Name)
			}
		}
		out.steps = append(out.steps, c)
	}
	return out
}

// lead takes the leading members from the steps and returns the rest.
func (p *path) lead(steps []report.Step) []report.Step {
	for m := p.from; len(steps) > 0 && steps[0].Kind == report.StepKey; steps = steps[1:] {
		if p.known != nil {
			m = m.within(p.slot)
		}
		p.known, p.slot = m, m.slot(steps[0].Name)
	}
	return steps
}

// readsRow reports whether the path's value depends on the row's element.
func (p *path) readsRow() bool {
	return p.row || slices.ContainsFunc(p.steps, func(s step) bool { return s.ref != nil && s.ref.readsRow() })
}

// each calls yield with the values that the path leads to until it returns false; it
// returns false if yield did. A value that is missing or null is not yielded.
func (p *path) each(s *scope, yield func(jsonrec.Value) bool) bool {
	v := p.start(s)
	if len(p.steps) == 0 {
		return v.Kind() == jsonrec.Null || yield(v)
	}
	return p.walk(s, v, 0, yield)
}

// start returns the value of the leading members.
func (p *path) start(s *scope) jsonrec.Value {
	switch {
	case p.known != nil && p.row:
		return p.known.value(s.rowStamp, p.slot)
	case p.known != nil:
		return p.known.value(s.record, p.slot)
	case p.from != nil:
		return p.from.base
	case p.row:
		return s.element
	}
	return s.root
}

func (p *path) walk(s *scope, v jsonrec.Value, at int, yield func(jsonrec.Value) bool) bool {
	for ; at < len(p.steps); at++ {
		st := &p.steps[at]
		switch st.Kind {
		case report.StepKey:
			if v = v.Get(st.Name); v.Kind() == jsonrec.Null {
				return true
			}
		case report.StepIndex:
			v = elementAt(v, st.Index)
		case report.StepAll:
			for e := v.First(); e.Kind() != jsonrec.Null || e != (jsonrec.Value{}); e = v.After(e) {
				if !p.walk(s, e, at+1, yield) {
					return false
				}
			}
			return true
		case report.StepAny:
			return p.walkMembers(s, v, at, yield)
		case report.StepWhere:
			return p.walkMatches(s, v, at, yield)
		}
	}
	return v.Kind() == jsonrec.Null || yield(v)
}

func elementAt(v jsonrec.Value, n int) jsonrec.Value {
	e := v.First()
	for ; n > 0 && e != (jsonrec.Value{}); n-- {
		e = v.After(e)
	}
	return e
}

func (p *path) walkMembers(s *scope, v jsonrec.Value, at int, yield func(jsonrec.Value) bool) bool {
	for _, m := range v.Members() {
		if !p.walk(s, m, at+1, yield) {
			return false
		}
	}
	return true
}

func (p *path) walkMatches(s *scope, v jsonrec.Value, at int, yield func(jsonrec.Value) bool) bool {
	st := &p.steps[at]
	want := st.value
	if st.ref != nil {
		if want = st.ref.text(s); want == nil {
			return true
		}
		for _, e := range st.index.matches(s.record, v, st.Name, want) {
			if !p.walk(s, e.value, at+1, yield) {
				return false
			}
		}
		return true
	}
	for e := range v.Elements() {
		if bytes.Equal(e.Get(st.Name).Text(), want) && !p.walk(s, e, at+1, yield) {
			return false
		}
	}
	return true
}

// hasList reports whether the array that the path's last [] goes through is there.
func (p *path) hasList(s *scope) bool {
	last := len(p.steps) - 1
	if last < 0 || p.steps[last].Kind != report.StepAll {
		return false
	}
	list := *p
	list.steps = p.steps[:last]
	return !list.each(s, func(v jsonrec.Value) bool { return v.Kind() != jsonrec.Array })
}

// text returns the text of the first value, nil if there is none.
func (p *path) text(s *scope) []byte {
	var text []byte
	p.each(s, func(v jsonrec.Value) bool {
		text = v.Text()
		return false
	})
	return text
}

// index finds the elements of one array by the text of a member. It is made once a
// record, so that rows of a record with thousands of them do not search it each.
type index struct {
	record   int64
	entries  []entry
	want     []byte // what was looked for last: neighbouring columns ask for the same
	from, to int    // and where it was
}

// indexKey tells the arrays and members of indexes apart, so that columns share them.
type indexKey struct {
	in   *members
	slot int
	name string
}

func (s *scope) index(in *members, slot int, name string) *index {
	key := indexKey{in, slot, name}
	if s.indexes[key] == nil {
		if s.indexes == nil {
			s.indexes = map[indexKey]*index{}
		}
		s.indexes[key] = &index{}
	}
	return s.indexes[key]
}

type entry struct {
	key   []byte
	value jsonrec.Value
}

// matches returns the elements whose member equals want, in their order.
func (x *index) matches(record int64, list jsonrec.Value, name string, want []byte) []entry {
	if x.record != record {
		x.fill(list, name)
		x.record = record
	} else if bytes.Equal(x.want, want) {
		return x.entries[x.from:x.to]
	}
	x.want = append(x.want[:0], want...)
	x.from, _ = slices.BinarySearchFunc(x.entries, want, func(e entry, w []byte) int { return bytes.Compare(e.key, w) })
	x.to = x.from
	for x.to < len(x.entries) && bytes.Equal(x.entries[x.to].key, want) {
		x.to++
	}
	return x.entries[x.from:x.to]
}

func (x *index) fill(list jsonrec.Value, name string) {
	x.entries = x.entries[:0]
	for e := range list.Elements() {
		if key := e.Get(name).Text(); key != nil {
			x.entries = append(x.entries, entry{key, e})
		}
	}
	byKey := func(a, b entry) int { return bytes.Compare(a.key, b.key) }
	if !slices.IsSortedFunc(x.entries, byKey) {
		slices.SortStableFunc(x.entries, byKey)
	}
}
