package transform

import (
	"maps"
	"slices"
	"strings"

	"transporter/internal/report"
)

// maxDrift and maxDriftName bound what is told of members that nobody has described.
const (
	maxDrift     = 20
	maxDriftName = 64
)

// drift collects the names of members of records that their API does not describe, so that no column
// is made of them. It keeps no values.
type drift struct {
	names report.Names
	rows  string // path of the array that rows are made of; empty: there is none
	found map[string]bool
}

// newDrift returns nil where all of a record is delivered, rows are not made of the source's records, or
// nobody knows what their members are.
func newDrift(d *report.Definition) *drift {
	if d.IsRaw() || d.Fold != "" || d.Feed != nil {
		return nil
	}
	r, err := report.GetResource(d.Resource)
	if err != nil || len(r.Names) == 0 {
		return nil
	}
	out := &drift{names: r.Names, found: map[string]bool{}}
	if d.Rows != nil {
		out.rows = d.Rows.Path
	}
	return out
}

// watch has the members looked at of all objects that columns are made of.
func (d *drift) watch(s *scope) {
	if d == nil {
		return
	}
	for at, names := range d.names {
		if m := d.members(s, at); m != nil {
			m.described = d.of(strings.TrimPrefix(at[1:]+".", "."), names)
		}
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
