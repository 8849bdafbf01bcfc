package transform

import (
	"maps"
	"slices"
	"strings"

	"transporter/internal/report"
	"transporter/internal/transform/jsonrec"
)

// maxDrift and maxDriftName bound what is told of members that nobody has described.
const (
	maxDrift     = 20
	maxDriftName = 64
)

// drift collects the names of members of records that their API does not describe, so that no column
// is made of them. It keeps no values.
type drift struct {
	names   report.Names
	content []string // what the source is asked for; empty: all
	rows    string   // path of the array that rows are made of; empty: there is none
	found   map[string]bool
	rest    *survey            // of what columns do not read member by member
	folded  map[string]*survey // of the resources that a fold takes
}

// newDrift returns nil where all of a record is delivered.
func newDrift(job Job) *drift {
	d := job.Report
	if d.IsRaw() || d.Feed != nil {
		return nil
	}
	out := &drift{found: map[string]bool{}, content: d.Content}
	if d.Fold != "" {
		out.folded = map[string]*survey{d.Resource: out.surveyOf(d.Resource, "", d.Content)}
		for _, also := range d.Also {
			out.folded[also.Resource] = out.surveyOf(also.Resource, also.Resource+": ", also.Content)
		}
		return out
	}
	if r, err := report.GetResource(d.Resource); err == nil {
		out.names = r.Names
	}
	if d.Rows != nil {
		out.rows = d.Rows.Path
	}
	return out
}

// watch has the members looked at of all objects that columns are made of, and the rest of what is described.
func (d *drift) watch(s *scope) {
	if d == nil {
		return
	}
	d.rest = &survey{}
	for at, names := range d.names {
		described := d.of(pathPrefix(at), names)
		if m := d.members(s, at); m != nil {
			m.described = described
		} else if d.reads(s, at) {
			d.rest.add(at, described)
		}
	}
}

// reads reports whether rows are made of what is at the path: the source is asked for it, or, where it is asked for
// all, columns begin there.
func (d *drift) reads(s *scope, at string) bool {
	if len(d.content) > 0 {
		return asked(at, d.content)
	}
	_, begins := s.ofRecord.slots[firstOf(at)]
	return begins
}

// look looks through a record that rows are made of.
func (d *drift) look(root jsonrec.Value) {
	if d != nil {
		d.rest.look(root)
	}
}

// fold looks through a record that a fold takes.
func (d *drift) fold(resource string, root jsonrec.Value) {
	if d != nil {
		d.folded[resource].look(root)
	}
}

// members returns those of the objects at the path; nil where no column looks into them.
func (d *drift) members(s *scope, at string) *members {
	m, way := &s.ofRecord, at[1:]
	if d.rows != "" && strings.HasPrefix(at, d.rows) {
		m, way = &s.ofRow, at[len(d.rows):]
	}
	for name := range strings.FieldsFuncSeq(way, func(c rune) bool { return c == '.' }) {
		slot, wanted := m.slots[name]
		if !wanted || m.inner[slot] == nil {
			return nil
		}
		m = m.inner[slot]
	}
	return m
}

func (d *drift) of(prefix string, names []string) *described {
	all := make(map[string]bool, len(names))
	for _, n := range names {
		all[n] = true
	}
	return &described{prefix: prefix, names: all, drift: d}
}

// list returns what was found, in order.
func (d *drift) list() []string {
	if d == nil || len(d.found) == 0 {
		return nil
	}
	return slices.Sorted(maps.Keys(d.found))
}

// described are the members of one kind of object.
type described struct {
	prefix string
	names  map[string]bool
	drift  *drift
}

// met takes a name that no path asks for.
func (d *described) met(name string) {
	if d == nil || d.names[name] || len(d.drift.found) == maxDrift {
		return
	}
	if len(name) > maxDriftName {
		name = name[:maxDriftName] + "…"
	}
	d.drift.found[d.prefix+name] = true
}
