package feed

import (
	"context"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"transporter/internal/fault"
)

// mostFolders bounds the folders on the way to some days: where version, format and dt stand first they are
// as many as the days, where hr stands before dt 24 times as many.
const mostFolders = 10_000

// Days lists what lies on some days of a place, from one to another and both of them, in whatever order the
// pairs of its paths stand and whichever others are among them: day by day, as Leaves wants it. It looks folder by
// folder for those that have a version, a format and a date, goes into none of another version, format or
// date, and lists what is below them.
func Days(ctx context.Context, door Door, p Place, from, to time.Time) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		s := daySearch{door: door, place: p, from: from.UTC().Format(time.DateOnly), to: to.UTC().Format(time.DateOnly), days: map[string][]string{}}
		if err := s.look(ctx, p.Feed+"/"); err != nil {
			yield(Object{}, err)
			return
		}
		for _, date := range slices.Sorted(maps.Keys(s.days)) {
			for _, folder := range s.days[date] {
				for o, err := range door.List(ctx, folder) {
					if !yield(o, err) || err != nil {
						return
					}
				}
			}
		}
	}
}

// daySearch looks for the folders that hold the leaves of some days.
type daySearch struct {
	door     Door
	place    Place
	from, to string // dates
	met      int    // folders
	days     map[string][]string
}

// look looks through a folder that is not known to be of one day yet.
func (s *daySearch) look(ctx context.Context, folder string) error {
	var deeper []string
	for name, err := range s.door.Folders(ctx, folder) {
		if err != nil {
			return err
		}
		if !s.leads(folder, name) {
			continue
		}
		if s.met++; s.met > mostFolders {
			return fault.New(fault.SchemaMismatch, "%s has more than %d folders on the way to %s to %s", s.place.Feed, mostFolders, s.from, s.to).
				WithFix("ask the platform to write version=, format= and dt= before other parts of its paths")
		}
		below := folder + name + "/"
		if l, err := ParsePath(below + Success); err == nil {
			s.days[l.Date] = append(s.days[l.Date], below)
		} else {
			deeper = append(deeper, below)
		}
	}
	for _, below := range deeper {
		if err := s.look(ctx, below); err != nil {
			return err
		}
	}
	return nil
}

// leads reports whether leaves of the days may lie below the folder of that name.
func (s *daySearch) leads(folder, name string) bool {
	key, value, pair := strings.Cut(name, "=")
	if !pair || strings.Contains(folder, "/"+key+"=") { // no leaf's path has a name twice
		return false
	}
	switch key {
	case "version":
		return value == s.place.Version
	case "format":
		return value == s.place.Format
	case "dt":
		return s.from <= value && value <= s.to
	}
	return true
}
