package task

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"transporter/internal/fault"
	"transporter/internal/task/tzdata"
)

// Zone returns the zone of that exact IANA name from the embedded tz database; the
// machine's own files are never read. An unknown name is fault.InvalidSpec on the field
// "zone" with the nearest names as its fix.
func Zone(name string) (*time.Location, error) {
	loc, err := tzdata.Load(name)
	if err == nil {
		return loc, nil
	}
	e := fault.New(fault.InvalidSpec, "unknown time zone %q", clip(name)).WithField("zone")
	if near := nearZones(name); len(near) > 0 {
		return nil, e.WithFix("did you mean %s?", strings.Join(near, " or "))
	}
	return nil, e.WithFix("use an IANA name such as Europe/Madrid or UTC")
}

// ZoneNames returns every zone that Zone accepts, in alphabetical order.
func ZoneNames() []string { return slices.Clone(tzdata.Names()) }

// TZVersion returns the release of the embedded tz database, such as "2025c". It is
// recorded wherever a window is resolved.
func TZVersion() string { return tzdata.Version }

const (
	maxSuggestions = 3 // more is a list to search, not a suggestion
	maxTypos       = 2 // letters that may be wrong in a city's name
)

// nearZones returns the zones whose city (or whole name) is what was probably meant:
// the same but for case and spaces, else within two typing errors.
func nearZones(name string) []string {
	want := foldZone(name)
	city := want[strings.LastIndex(want, "/")+1:]
	if len(city) < 3 || len(name) > 64 { // too little to go by, or not a name at all
		return nil
	}
	type hit struct {
		name        string
		city, whole int // distances
	}
	var hits []hit
	for _, z := range tzdata.Names() {
		zone := foldZone(z)
		h := hit{name: z, whole: distance(zone, want)}
		h.city = h.whole
		if i := strings.LastIndex(zone, "/"); i >= 0 {
			h.city = min(h.whole, distance(zone[i+1:], city))
		}
		if h.city <= maxTypos {
			hits = append(hits, h)
		}
	}
	slices.SortStableFunc(hits, func(a, b hit) int {
		return cmp.Or(cmp.Compare(a.city, b.city), cmp.Compare(a.whole, b.whole))
	})
	var near []string
	for _, h := range hits {
		if h.city == hits[0].city && h.whole == hits[0].whole && len(near) < maxSuggestions {
			near = append(near, h.name)
		}
	}
	return near
}

func foldZone(s string) string {
	return strings.ReplaceAll(strings.ToLower(strings.TrimSpace(s)), " ", "_")
}

// distance is the number of letters to insert, delete or replace to make b of a.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(diagonal+cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// clip shortens what a caller sent so that an error stays readable.
func clip(s string) string {
	const most = 80
	if r := []rune(s); len(r) > most {
		return fmt.Sprintf("%s… (%d characters)", string(r[:most]), len(r))
	}
	return s
}
