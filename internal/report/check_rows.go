package report

import (
	"errors"
	"fmt"
	"slices"
)

func (d *Definition) checkRows(facts map[string]FactDoc) error {
	for _, r := range d.Refuse {
		for _, p := range []string{r.Path, r.Because} {
			if err := checkPath(p, nil); p != "" && err != nil {
				return err
			}
		}
	}
	if err := checkAlternatives(d.Open, nil); err != nil || d.Rows == nil {
		return err
	}
	if err := d.checkSource(facts); err != nil {
		return fmt.Errorf("rows: %w", err)
	}
	skip, ok := facts[d.Rows.Skip]
	switch {
	case d.Rows.Skip != "" && (!ok || skip.Rows):
		return fmt.Errorf("rows: unknown fact %q of family %q", d.Rows.Skip, d.Family)
	case skip.Of != "" && skip.Of != d.Rows.Name():
		return fmt.Errorf("rows: fact %q is about rows of %s", d.Rows.Skip, skip.Of)
	case d.Rows.Unless != "" && d.parameter(d.Rows.Unless) == nil:
		return fmt.Errorf("rows: unless names no parameter: %s", d.Rows.Unless)
	}
	return nil
}

func (d *Definition) checkSource(facts map[string]FactDoc) error {
	r := d.Rows
	switch {
	case (r.Path == "") == (r.Of == ""):
		return errors.New("want either path or of")
	case r.Of != "" && !facts[r.Of].Rows:
		return fmt.Errorf("no derived rows %q in family %q", r.Of, d.Family)
	case r.Of != "" && len(r.Sort) > 0:
		return errors.New("derived rows have their own order: leave sort out")
	case r.Of != "":
		return nil
	}
	for _, s := range r.Sort {
		if err := checkPath(s, elementOnly); err != nil {
			return err
		}
	}
	return checkPath(r.Path, nil)
}

// elementOnly are the roots of rows that are the elements of an array.
var elementOnly = []string{""}

// rowRoots returns where paths of the report's columns may start beside the record, as
// Path.Part has them; nil for a report without rows of its own.
func (d *Definition) rowRoots(facts map[string]FactDoc) []string {
	if d.Rows == nil {
		return nil
	}
	return slices.Concat(elementOnly, facts[d.Rows.Of].With)
}

func (d *Definition) checkFact(c *Column, facts map[string]FactDoc) error {
	if c.Fact == "" {
		return nil
	}
	fact, ok := facts[c.Fact]
	switch {
	case !ok || fact.Rows || fact.OfRow() && d.Rows == nil:
		return fmt.Errorf("no fact %q in family %q for this kind of row", c.Fact, d.Family)
	case fact.Of != "" && fact.Of != d.Rows.Name():
		return fmt.Errorf("fact %q is about rows of %s", c.Fact, fact.Of)
	}
	return nil
}

func checkAlternatives(as Alternatives, roots []string) error {
	for _, a := range as {
		if err := checkPath(a.Path, roots); err != nil {
			return err
		}
	}
	return nil
}

// checkPath checks the written form, and that the path starts where it may: at the
// record, or at one of the roots.
func checkPath(s string, roots []string) error {
	p, err := ParsePath(s)
	if err != nil {
		return err
	}
	return p.checkRoots(roots)
}

func (p *Path) checkRoots(roots []string) error {
	switch {
	case p.Row && len(roots) == 0:
		return fmt.Errorf("path %q starts at a row, and this report has none", p.Text)
	case p.Row && !slices.Contains(roots, p.Part):
		return fmt.Errorf("path %q: these rows have no %q", p.Text, "@"+p.Part)
	}
	for _, s := range p.Steps {
		if s.Ref != nil {
			if err := s.Ref.checkRoots(roots); err != nil {
				return err
			}
		}
	}
	return nil
}
