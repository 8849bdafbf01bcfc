package transform

import (
	"slices"
	"strings"

	"transporter/internal/report"
	"transporter/internal/transform/jsonrec"
)

const (
	// surveyedAll is how many records are looked through from the first on; of those after them one of
	// surveyedOf, so that looking takes no time worth measuring from reports whose columns read little of a record.
	surveyedAll = 256
	surveyedOf  = 16
)

// survey looks through what is described of a record and not read member by member: lists that columns search
// and derived values are made of, and all that a fold takes.
type survey struct {
	root    surveyed
	all     bool // of every record
	records int64
}

// surveyed is one kind of object in a record.
type surveyed struct {
	described *described // nil: nobody says what its members are
	members   map[string]*surveyedMember
	guess     []*surveyedMember // the n'th member of the object before
	told      map[string]bool   // that nobody has described
}

// surveyedMember is a member by its name; object and elements are nil where nothing in it is described.
type surveyedMember struct {
	name             string
	object, elements *surveyed
}

// add has the objects at the path looked at.
func (s *survey) add(at string, d *described) {
	o := &s.root
	for name := range strings.FieldsFuncSeq(at[1:], func(c rune) bool { return c == '.' }) {
		name, list := strings.CutSuffix(name, "[]")
		m := o.member(name)
		inner := &m.object
		if list {
			inner = &m.elements
		}
		if *inner == nil {
			*inner = &surveyed{}
		}
		o = *inner
	}
	o.described = d
	for name := range d.names {
		o.member(name)
	}
}

// member returns that of the name, making one if need be.
func (o *surveyed) member(name string) *surveyedMember {
	m := o.members[name]
	if m == nil {
		if m = (&surveyedMember{name: name}); o.members == nil {
			o.members = map[string]*surveyedMember{}
		}
		o.members[name] = m
	}
	return m
}

// look looks through a record; nil looks at nothing.
func (s *survey) look(root jsonrec.Value) {
	if s == nil || len(s.root.members) == 0 {
		return
	}
	if s.records++; s.all || s.records <= surveyedAll || s.records%surveyedOf == 0 {
		s.root.look(root)
	}
}

func (o *surveyed) look(v jsonrec.Value) {
	n := 0
	for name, value := range v.Members() {
		m := o.find(n, name)
		n++
		switch {
		case m == nil:
		case m.object != nil:
			m.object.look(value)
		case m.elements != nil:
			for e := range value.Elements() {
				m.elements.look(e)
			}
		}
	}
}

// find returns the n'th member of an object, which is guessed from the object before; nil for one that nobody
// has described, which is told of.
func (o *surveyed) find(n int, name []byte) *surveyedMember {
	if n < len(o.guess) && o.guess[n] != nil && o.guess[n].name == string(name) {
		return o.guess[n]
	}
	m := o.members[string(name)]
	if n >= len(o.guess) {
		o.guess = append(o.guess, make([]*surveyedMember, n+1-len(o.guess))...)
	}
	if o.guess[n] = m; m == nil && o.described != nil && !o.told[string(name)] && len(o.told) < maxDrift {
		if o.told == nil {
			o.told = map[string]bool{}
		}
		o.told[string(name)] = true
		o.described.met(string(name))
	}
	return m
}

// surveyOf looks through all that is described of a resource's records and that a fold asks for; nil where
// nobody has described them.
func (d *drift) surveyOf(resource, prefix string, content []string) *survey {
	r, err := report.GetResource(resource)
	if err != nil || len(r.Names) == 0 {
		return nil
	}
	s := &survey{all: true}
	for at, names := range r.Names {
		if asked(at, content) {
			s.add(at, d.of(prefix+pathPrefix(at), names))
		}
	}
	return s
}

// asked reports whether the source is asked for what is at the path: it gives content by the name of the first
// member, and always the record's info.
func asked(at string, content []string) bool {
	first := firstOf(at)
	return len(content) == 0 || first == "" || first == "info" || slices.Contains(content, first)
}

// firstOf is the record's member that the path begins with.
func firstOf(at string) string {
	first, _, _ := strings.Cut(strings.TrimPrefix(at[1:], "."), ".")
	return strings.TrimSuffix(first, "[]")
}

// pathPrefix is how the members of the objects at the path begin.
func pathPrefix(at string) string { return strings.TrimPrefix(at[1:]+".", ".") }
