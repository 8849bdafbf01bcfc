package report

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"sort"
)

var versionForm = regexp.MustCompile(`^[1-9][0-9]*\.[0-9]+$`)

// finish completes a definition as read and refuses what a run could stumble over.
func (d *Definition) finish(shared map[string]Parameter, facts map[string]FactDoc) error {
	errs := []error{d.checkHead(), d.finishParameters(shared), d.checkRows(facts), d.checkLookups(), d.checkAlso(), d.checkFeed()}
	seen := map[string]bool{}
	for i := range d.Columns {
		c := &d.Columns[i]
		if seen[c.Name] {
			errs = append(errs, fmt.Errorf("column %s: there twice", c.Name))
		}
		seen[c.Name] = true
		if err := d.checkColumn(c, facts); err != nil {
			errs = append(errs, fmt.Errorf("column %s: %w", c.Name, err))
		}
	}
	for _, k := range d.RowKey {
		if !d.IsRaw() && d.Feed == nil && !seen[k] {
			errs = append(errs, fmt.Errorf("rowKey names no column: %s", k))
		}
	}
	return errors.Join(errs...)
}

func (d *Definition) checkHead() error {
	switch {
	case d.Title == "" || d.Grain == "" || d.Doc == "" || d.Resource == "" || d.Order == "":
		return errors.New("title, grain, doc, resource and order are required")
	case !versionForm.MatchString(d.Version):
		return fmt.Errorf("version %q is not major.minor", d.Version)
	case len(d.Formats) == 0 || d.Split <= 0 || d.MinInterval <= 0:
		return errors.New("formats, split and minInterval are required")
	case d.MaxWindow != 0 && d.MaxWindow < d.MinInterval:
		return errors.New("maxWindow is shorter than minInterval")
	case len(d.RowKey) == 0:
		return errors.New("rowKey is required")
	case d.IsRaw() == (len(d.Columns) > 0):
		return errors.New("want either an envelope (raw) or columns (flat)")
	}
	if at := d.ProvenancePath(); at != "" {
		if err := checkPath(at, nil); err != nil {
			return fmt.Errorf("provenance: %w", err)
		}
	}
	return d.Reach.check()
}

func (d *Definition) finishParameters(shared map[string]Parameter) error {
	for i := range d.Parameters {
		p := &d.Parameters[i]
		if p.Doc == "" {
			s, ok := shared[p.Name]
			if !ok {
				return fmt.Errorf("parameter %s is not in %s", p.Name, parametersFile)
			}
			s.Name = p.Name
			*p = s
		}
		if p.Name == ParamColumnSet {
			p.Schema = d.columnSetSchema()
		}
		if err := p.Schema.valid(); err != nil {
			return fmt.Errorf("parameter %s: %w", p.Name, err)
		}
	}
	return d.CheckParameters(d.Effective(nil))
}

// The named column sets; any other is a list of columns.
const (
	ColumnsAll        = "all"
	ColumnsImpersonal = "no_personal" // all but the classes pii and free_text
)

func (d *Definition) columnSetSchema() Schema {
	names := Schema{Type: "string"}
	for _, c := range d.Columns {
		names.Enum = append(names.Enum, c.Name)
	}
	return Schema{OneOf: []Schema{
		{Type: "string", Enum: []any{ColumnsAll, ColumnsImpersonal}},
		{Type: "array", Items: &names, MinItems: 1, MaxItems: len(d.Columns), UniqueItems: true},
	}}
}

func (d *Definition) checkLookups() error {
	resources := map[string]bool{}
	for name, l := range d.Lookups {
		if !d.readsAlso(l.Resource) {
			resources[l.Resource] = true
		}
		if l.Count == (l.Value != "") {
			return fmt.Errorf("lookup %s: want either value or count", name)
		}
		if l.All && l.Count {
			return fmt.Errorf("lookup %s: all goes with value", name)
		}
		if (l.At == "") != (l.With == "") || l.At != "" && (l.All || l.Count) {
			return fmt.Errorf("lookup %s: at goes with key, with and value", name)
		}
		paths := []string{l.Key, l.With, l.At, l.Value, l.Unless}
		for _, when := range l.When {
			paths = append(paths, when.Path)
		}
		for _, p := range paths {
			if err := checkPath(p, nil); p != "" && err != nil {
				return fmt.Errorf("lookup %s: %w", name, err)
			}
		}
	}
	d.Joins = nil
	for r := range resources {
		d.Joins = append(d.Joins, r)
	}
	sort.Strings(d.Joins)
	return nil
}

func (d *Definition) looksUp(resource string) bool {
	for _, l := range d.Lookups {
		if l.Resource == resource {
			return true
		}
	}
	return false
}

var (
	types      = []Type{String, ID, Int, Double, Bool, Time, MS, List, JSON}
	rules      = []Rule{N0, N1, N2, N3, N4, N5, N6, NR}
	converters = []string{"", ConvertJSON, ConvertLength, ConvertStripHTML}
	classes    = []string{"", PII, FreeText}
	elses      = []string{ElseNull, ElseLower, ElseKeep}
)

func (d *Definition) checkColumn(c *Column, facts map[string]FactDoc) error {
	switch {
	case c.Doc == "" || !isName(c.Name):
		return errors.New("name and doc are required")
	case !slices.Contains(types, c.Type):
		return fmt.Errorf("unknown type %q", c.Type)
	case !slices.Contains(classes, c.Class):
		return fmt.Errorf("unknown class %q", c.Class)
	case !slices.Contains(converters, c.Convert):
		return fmt.Errorf("unknown convert %q", c.Convert)
	case !slices.Contains(elses, c.Else):
		return fmt.Errorf("unknown else %q", c.Else)
	}
	for _, r := range c.Rule {
		if !slices.Contains(rules, r) {
			return fmt.Errorf("unknown rule %q", r)
		}
	}
	if _, ok := d.Lookups[c.Lookup]; c.Lookup != "" && !ok {
		return fmt.Errorf("unknown lookup %q", c.Lookup)
	}
	if c.Rule.Has(N6) && len(c.Open) == 0 && len(d.Open) == 0 && !facts[c.Fact].Open {
		return errors.New("rule N6 needs open")
	}
	return d.checkValue(c, facts)
}

func (d *Definition) checkValue(c *Column, facts map[string]FactDoc) error {
	given := 0
	for _, is := range []bool{len(c.Path) > 0, len(c.Concat) > 0, c.Count != "", c.Fact != ""} {
		if is {
			given++
		}
	}
	if given != 1 {
		return errors.New("want exactly one of path, concat, count, fact")
	}
	roots := d.rowRoots(facts)
	errs := []error{checkAlternatives(c.Path, roots), checkAlternatives(c.Open, roots), d.checkFact(c, facts)}
	for _, p := range c.Concat {
		errs = append(errs, checkPath(p, roots))
	}
	if c.Count != "" {
		errs = append(errs, checkPath(c.Count, roots))
	}
	if c.When != nil {
		errs = append(errs, checkPath(c.When.Path, roots))
	}
	if c.Spread != nil {
		errs = append(errs, d.checkSpread(c.Spread))
	}
	for _, a := range c.Path {
		if a.If != "" && d.parameter(a.If) == nil {
			errs = append(errs, fmt.Errorf("if names no parameter: %s", a.If))
		}
	}
	return errors.Join(errs...)
}

func (d *Definition) checkSpread(s *Spread) error {
	switch _, ok := d.Lookups[s.Over]; {
	case !ok:
		return fmt.Errorf("spread: unknown lookup %q", s.Over)
	case d.parameter(s.If) == nil:
		return fmt.Errorf("spread: if names no parameter: %s", s.If)
	case string(d.parameter(s.If).Default) == "true": // checks of tasks take what says nothing for false
		return fmt.Errorf("spread: %s is true by default", s.If)
	case s.Prefix == "":
		return errors.New("spread: prefix is required")
	}
	return checkPath(s.Path, nil)
}
