package transform

import (
	"maps"
	"slices"

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
	found map[string]bool
}

// newDrift returns nil where all of a record is delivered, rows are not made of the source's records, or
// nobody knows what their members are.
func newDrift(d *report.Definition) *drift {
	if d.IsRaw() || d.Fold != "" || d.Feed != nil {
		return nil
	}
	r, err := report.GetResource(d.Resource)
	if err != nil || len(r.Names.Record) == 0 {
		return nil
	}
	return &drift{names: r.Names, found: map[string]bool{}}
}

// watch has the members of records looked at.
func (d *drift) watch(s *scope) {
	if d == nil {
		return
	}
	s.ofRecord.described = d.of("", d.names.Record)
	s.ofRecord.within(s.ofRecord.slot("info")).described = d.of("info.", d.names.Info)
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
