package report

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"sort"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"

	"transporter/internal/fault"
)

//go:embed data/*.yaml
var data embed.FS

// Files under data/ that are not reports.
const (
	factsFile      = "facts.yaml"
	parametersFile = "parameters.yaml"
	resourcesFile  = "resources.yaml"
	feedsFile      = "feeds.yaml"
)

var notReports = []string{factsFile, parametersFile, resourcesFile, feedsFile}

type catalog struct {
	list      []*Definition
	facts     map[string]map[string]FactDoc
	resources map[string]Resource
}

// load reads the embedded files once. They ship with the program, so what is wrong in
// them is a defect that the tests of this package find; it must not go unnoticed.
var load = sync.OnceValue(func() catalog {
	c, err := read(data, "data")
	if err != nil {
		panic("read report catalog: " + err.Error())
	}
	return c
})

// Catalog returns every report, sorted by id. The definitions are shared: read only.
func Catalog() []*Definition { return load().list }

// Get returns the report of that id and version; an empty version, or a major alone,
// takes the newest. An unknown one is fault.NotFound and names what there is.
func Get(id, version string) (*Definition, error) {
	var known []string
	for _, d := range Catalog() {
		if d.ID == id {
			if version == "" || version == d.Version || version == major(d.Version) {
				return d, nil
			}
			return nil, fault.New(fault.NotFound, "report %s has no version %s", id, version).
				WithField("version").WithFix("use %s", d.Version)
		}
		known = append(known, d.ID)
	}
	return nil, fault.New(fault.NotFound, "no report %q", id).
		WithField("report").WithFix("use one of %s", strings.Join(known, ", "))
}

// Named returns the report that a text names as the catalog lists it: msg.messages, or msg.messages@1.0.
func Named(text string) (*Definition, error) {
	id, version, _ := strings.Cut(text, "@")
	return Get(id, version)
}

func major(version string) string {
	m, _, _ := strings.Cut(version, ".")
	return m
}

// FactDoc defines a fact, or derived rows, in words; the code that computes it has the
// same name.
type FactDoc struct {
	Rule string   `json:"rule,omitempty"` // rule of docs/reports that it follows
	Doc  string   `json:"doc"`
	Row  bool     `json:"row,omitempty"`  // needs a row's element, not only the record
	Of   string   `json:"of,omitempty"`   // the only rows that it is about, as Rows.Name has them
	Open bool     `json:"open,omitempty"` // is null by itself while what it is about is open (rule N6)
	Rows bool     `json:"rows,omitempty"` // is no value but derived rows, for Rows.Of
	With []string `json:"with,omitempty"` // of derived rows: what else paths may start at, @name
}

// OfRow reports whether the fact is different from row to row.
func (f FactDoc) OfRow() bool { return f.Row || f.Of != "" }

// AnyFamily holds the facts that every report may name.
const AnyFamily = "any"

// Facts returns the facts that columns of reports of the family may name, those of
// AnyFamily included.
func Facts(family string) map[string]FactDoc { return load().factsOf(family) }

func (c catalog) factsOf(family string) map[string]FactDoc {
	all := maps.Clone(c.facts[AnyFamily])
	maps.Copy(all, c.facts[family])
	return all
}

func read(files fs.FS, dir string) (catalog, error) {
	var c catalog
	if err := decodeFile(files, path.Join(dir, factsFile), &c.facts); err != nil {
		return c, err
	}
	shared := map[string]Parameter{}
	if err := decodeFile(files, path.Join(dir, parametersFile), &shared); err != nil {
		return c, err
	}
	if err := c.readResources(files, dir); err != nil {
		return c, err
	}
	entries, err := fs.ReadDir(files, dir)
	if err != nil {
		return c, err
	}
	for _, e := range entries {
		if slices.Contains(notReports, e.Name()) {
			continue
		}
		d, err := readReport(files, dir, e.Name())
		if err != nil {
			return c, err
		}
		if err := d.finish(e.Name(), shared, c.factsOf(d.Family)); err != nil {
			return c, fmt.Errorf("%s: %w", e.Name(), err)
		}
		c.list = append(c.list, d)
	}
	sort.Slice(c.list, func(i, j int) bool { return c.list[i].ID < c.list[j].ID })
	return c, nil
}

func readReport(files fs.FS, dir, name string) (*Definition, error) {
	if strings.HasPrefix(name, feedPrefix) {
		return readFeed(files, dir, name)
	}
	d := &Definition{}
	return d, decodeFile(files, path.Join(dir, name), d)
}

// decodeFile reads YAML by way of JSON, so that one set of names serves data files and
// the HTTP API, and refuses what it does not know.
func decodeFile(files fs.FS, name string, v any) error {
	b, err := fs.ReadFile(files, name)
	if err != nil {
		return err
	}
	j, err := yaml.YAMLToJSON(b)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	dec := json.NewDecoder(bytes.NewReader(j))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}
