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
	"transporter/internal/task"
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
	list      []*Definition            // the newest of each report, sorted by id
	shipped   map[string][]*Definition // by id: one of each major, the newest first
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

// Catalog returns every report in its newest version, sorted by id. The definitions are shared: read only.
func Catalog() []*Definition { return load().list }

// Get returns the report of that id and version: the newest minor of its major, since that is what a task
// pins, and the newest of all for an empty one. An unknown one is fault.NotFound and names what there is.
func Get(id, version string) (*Definition, error) { return load().get(id, version) }

// Versions returns the versions of the report that are shipped, the newest first.
func Versions(id string) []string { return load().versions(id) }

func (c catalog) get(id, version string) (*Definition, error) {
	for _, d := range c.shipped[id] {
		if version == "" || task.ServesVersion(d.Version, version) {
			return d, nil
		}
	}
	if versions := c.versions(id); versions != nil {
		return nil, fault.New(fault.NotFound, "report %s has no version %s", id, version).
			WithField("version").WithFix("use %s", strings.Join(versions, " or "))
	}
	return nil, fault.New(fault.NotFound, "no report %q", id).
		WithField("report").WithFix("use one of %s", strings.Join(c.alike(id), ", "))
}

// alike are the reports that begin like the name, up to its first dot, and where none does the ways in
// which they begin.
func (c catalog) alike(id string) (names []string) {
	kind := func(id string) string { kind, _, _ := strings.Cut(id, "."); return kind + "." }
	var kinds []string
	for _, d := range c.list {
		if kinds = append(kinds, kind(d.ID)+"*"); kind(d.ID) == kind(id) {
			names = append(names, d.ID)
		}
	}
	if len(names) == 0 {
		names = slices.Compact(kinds)
	}
	return names
}

func (c catalog) versions(id string) (all []string) {
	for _, d := range c.shipped[id] {
		all = append(all, d.Version)
	}
	return all
}

// Named returns the report that a text names as the catalog lists it: msg.messages, or msg.messages@1.0.
func Named(text string) (*Definition, error) {
	id, version, _ := strings.Cut(text, "@")
	return Get(id, version)
}

// FactDoc defines a fact, or derived rows, in words; the code that computes it has the
// same name.
type FactDoc struct {
	Rule string   `json:"rule,omitempty"` // rule of the catalog that it follows
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
	named := map[*Definition]string{}
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
		if err := d.finish(shared, c.factsOf(d.Family)); err != nil {
			return c, fmt.Errorf("%s: %w", e.Name(), err)
		}
		named[d] = e.Name()
	}
	err = c.ship(named)
	return c, err
}

// ship orders the definitions by report and version. They are named by their files: the newest version of
// a report is in ID.yaml, an older major that is still shipped in ID@MAJOR.yaml.
func (c *catalog) ship(named map[*Definition]string) error {
	c.shipped = map[string][]*Definition{}
	for d := range named {
		c.shipped[d.ID] = append(c.shipped[d.ID], d)
	}
	for id, all := range c.shipped {
		slices.SortFunc(all, func(a, b *Definition) int {
			if task.OlderVersion(a.Version, b.Version) {
				return 1
			}
			return -1
		})
		for i, d := range all {
			file := id + ".yaml"
			if i > 0 {
				file = id + "@" + major(d.Version) + ".yaml"
			}
			if named[d] != file || i > 0 && major(all[i-1].Version) == major(d.Version) {
				return fmt.Errorf("%s: the file of report %s must be named after it, %s, with one file a major", named[d], d.Ref(), file)
			}
		}
		c.list = append(c.list, all[0])
	}
	sort.Slice(c.list, func(i, j int) bool { return c.list[i].ID < c.list[j].ID })
	return nil
}

func major(version string) string {
	m, _, _ := strings.Cut(version, ".")
	return m
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
