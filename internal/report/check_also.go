package report

import (
	"fmt"
	"regexp"
	"slices"
)

// checkAlso refuses resources that nothing would take or that are there twice.
func (d *Definition) checkAlso() error {
	seen := map[string]bool{d.Resource: true}
	for _, join := range d.Joins {
		seen[join] = true
	}
	for _, a := range d.Also {
		if err := d.checkBeside(a); err != nil {
			return fmt.Errorf("also %s: %w", a.Resource, err)
		}
		if d.Fold == "" && a.File == "" && !d.looksUp(a.Resource) || d.Fold != "" && d.Sweep || seen[a.Resource] {
			return fmt.Errorf("also %s: only a fold without sweep, a lookup or a second file takes further resources, each once", a.Resource)
		}
		seen[a.Resource] = true
		for _, name := range a.Take {
			if d.parameter(name) == nil {
				return fmt.Errorf("also %s: take names no parameter: %s", a.Resource, name)
			}
		}
		if a.Live && (d.Fold == "" || a.Within == "") {
			return fmt.Errorf("also %s: live goes with a fold and within", a.Resource)
		}
		if a.If != "" && d.parameter(a.If) == nil {
			return fmt.Errorf("also %s: if names no parameter: %s", a.Resource, a.If)
		}
		if a.Within == "" {
			continue
		}
		if err := a.Within.check(); err != nil {
			return fmt.Errorf("also %s: %w", a.Resource, err)
		}
	}
	return nil
}

// checkBeside checks what is said of a second file.
func (d *Definition) checkBeside(a Also) error {
	switch {
	case a.File == "" && len(a.Key) == 0:
		return nil
	case !d.IsRaw() || d.Sweep || len(a.Key) == 0 || !besideName.MatchString(a.File):
		return fmt.Errorf("file %q: a second file has a name of small letters and a key, in a raw report without sweep", a.File)
	}
	for _, k := range a.Key {
		if err := checkPath(k, nil); err != nil {
			return fmt.Errorf("key: %w", err)
		}
	}
	return nil
}

var besideName = regexp.MustCompile(`^[a-z]{1,20}$`)

func (d *Definition) readsAlso(resource string) bool {
	return slices.ContainsFunc(d.Also, func(a Also) bool { return a.Resource == resource })
}
