package report

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"transporter/internal/fault"
)

// Resource says how the records of a resource lie in the answers of their API: in the
// array Envelope of an object, or without one in an array. ID is the path of what
// identifies a record, alone or together with the values at Also; Order that of the number,
// or RFC 3339 time, which orders it before its id; without Order they are ordered by id alone.
type Resource struct {
	Envelope string   `json:"envelope,omitempty"`
	ID       string   `json:"id"`
	Also     []string `json:"also,omitempty"`
	Order    string   `json:"order,omitempty"`
	Names    Names    `json:"names,omitempty"`
	Asked    bool     `json:"asked,omitempty"`  // a record holds an answer about now beside when, and for which time, it was asked for
	Doubts   bool     `json:"doubts,omitempty"` // what is read of it may not fit to what it belongs to: runs wait for that, and may be accepted without

	// Each is the array of which an answer has several elements in one of Envelope, and a record has one alone.
	Each string `json:"each,omitempty"`

	Feed *Definition `json:"-"` // of lines of an exported table: the report on it, whose row key identifies a line
}

// Names are the members that an API describes, by the path of the objects that have them: "$" is the record
// itself, "$.info" an object in it, "$.messageRecords[]" the elements of an array. Of all others nobody knows what
// is new.
type Names map[string][]string

// GetResource returns the resource of that name, which reports read and join. An unknown
// one is fault.NotFound and names what there is.
func GetResource(name string) (Resource, error) {
	all := load().resources
	r, ok := all[name]
	for _, d := range Catalog() {
		if d.Feed != nil && d.Resource == name {
			return Resource{Feed: d}, nil
		}
	}
	if !ok {
		return r, fault.New(fault.NotFound, "no resource %q can be read from files", name).
			WithField("resource").WithFix("use one of %s", strings.Join(slices.Sorted(maps.Keys(all)), ", "))
	}
	return r, nil
}

// Doubted reports whether a run of the report may have to wait because what it reads does not fit together.
func (d *Definition) Doubted() bool {
	all := load().resources
	return slices.ContainsFunc(d.Joins, func(name string) bool { return all[name].Doubts }) ||
		slices.ContainsFunc(d.Also, func(a Also) bool { return all[a.Resource].Doubts })
}

func (c *catalog) readResources(files fs.FS, dir string) error {
	if err := decodeFile(files, path.Join(dir, resourcesFile), &c.resources); err != nil {
		return err
	}
	for name, r := range c.resources {
		if r.ID == "" {
			return fmt.Errorf("resource %s: id is required", name)
		}
		for _, p := range slices.Concat([]string{r.ID, r.Order}, r.Also, slices.Collect(maps.Keys(r.Names))) {
			if err := checkPath(p, nil); p != "" && err != nil {
				return fmt.Errorf("resource %s: %w", name, err)
			}
		}
	}
	return nil
}
