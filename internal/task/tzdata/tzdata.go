// Package tzdata is the tz database that the program carries. Every zone comes from
// here and never from the machine, so that two programs of the same version agree on
// every boundary wherever they run. The copy is pinned: a new Go release does not
// change it, `go generate` does.
//
// The files are those of https://www.iana.org/time-zones in the TZif form of RFC 9636.
package tzdata

import (
	"archive/zip"
	"bytes"
	_ "embed"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"
)

//go:generate go run gen.go

//go:embed zoneinfo.zip
var archive []byte

// placeholder is the zone of a machine that was never set up ("-00"); no task means it.
const placeholder = "Factory"

var files = sync.OnceValue(func() map[string]*zip.File {
	r, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		panic("read embedded tz database: " + err.Error()) // a broken build, not a broken run
	}
	m := make(map[string]*zip.File, len(r.File))
	for _, f := range r.File {
		if f.Name != placeholder && !strings.HasSuffix(f.Name, "/") {
			m[f.Name] = f
		}
	}
	return m
})

// Names returns every zone of the database in alphabetical order, links included.
var Names = sync.OnceValue(func() []string {
	names := make([]string, 0, len(files()))
	for name := range files() {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
})

// Raw returns the TZif bytes of a zone; ok is false when the database has no such zone.
func Raw(name string) (data []byte, ok bool) {
	f, ok := files()[name]
	if !ok {
		return nil, false
	}
	r, err := f.Open()
	if err != nil {
		return nil, false
	}
	defer r.Close()
	data, err = io.ReadAll(r)
	return data, err == nil
}

var loaded sync.Map // name → *time.Location

// Load returns a zone by its exact IANA name. Unlike time.LoadLocation it knows no
// "Local" and no empty name.
func Load(name string) (*time.Location, error) {
	if loc, ok := loaded.Load(name); ok {
		return loc.(*time.Location), nil
	}
	data, ok := Raw(name)
	if !ok {
		return nil, fmt.Errorf("no zone %q in tz database %s", name, Version)
	}
	loc, err := time.LoadLocationFromTZData(name, data)
	if err != nil {
		return nil, fmt.Errorf("read zone %q of tz database %s: %w", name, Version, err)
	}
	loaded.Store(name, loc)
	return loc, nil
}
