package task

import (
	"cmp"
	"crypto/sha256"
	"slices"
	"strings"
	"sync"

	"transporter/internal/task/tzdata"
)

// ZoneMatch is a zone that was searched for.
type ZoneMatch struct {
	Zone    string // IANA name
	Place   string // what matched: a city, a region, a country, or the zone's own name
	Country string // empty for zones of no country and for older names
}

// SearchZones returns at most n zones for what people type: a city ("madrid", "san
// francisco"), a region, a country or a part of a zone's name; case, accents and punctuation
// do not matter. The best come first: a city of that name before one that begins so, before a
// country, before names that hold it; if there is none, names with up to two typing errors.
// An older name of a zone is left out where its present one matches as well. Without a query
// it returns every zone in alphabetical order.
func SearchZones(query string, n int) []ZoneMatch {
	want := fold(query)
	if want == "" {
		return everyZone(n)
	}
	hits := matches(want, query)
	slices.SortStableFunc(hits, func(a, b hit) int { return cmp.Compare(a.rank, b.rank) })
	var found []ZoneMatch
	seen, have := map[string]bool{}, map[[sha256.Size]byte]bool{} // zones; data of present zones
	for _, h := range hits {
		known, present := countryOf()[h.zone]
		data := dataOf()[h.zone]
		if seen[h.zone] || !present && have[data] || len(found) == n {
			continue
		}
		seen[h.zone] = true
		have[data] = have[data] || present
		found = append(found, ZoneMatch{Zone: h.zone, Place: h.name, Country: known})
	}
	return found
}

// dataOf tells zones of the same data: an older name is a link to the present one.
var dataOf = sync.OnceValue(func() map[string][sha256.Size]byte {
	m := map[string][sha256.Size]byte{}
	for _, name := range tzdata.Names() {
		raw, _ := tzdata.Raw(name)
		m[name] = sha256.Sum256(raw)
	}
	return m
})

func everyZone(n int) (all []ZoneMatch) {
	for _, name := range tzdata.Names()[:min(n, len(tzdata.Names()))] {
		all = append(all, ZoneMatch{Zone: name, Place: name, Country: countryOf()[name]})
	}
	return all
}

// hit is a place with how well it matches: the lower the better.
type hit struct {
	place

	rank int
}

// Ranks, the best first; kinds of places come in between.
const (
	rankSame   = 0
	rankBegins = 10
	rankHolds  = 20
	rankTypos  = 30
)

// shortest is how much text it takes to look inside names and for typing errors.
const shortest = 3

// matches finds the places of a folded query; query is as it was typed, which tells Etc/GMT+1
// from Etc/GMT-1.
func matches(want, query string) (hits []hit) {
	for _, p := range places() {
		switch {
		case p.name == query && strings.Contains(query, "/"):
			hits = append(hits, hit{p, rankSame})
		case p.folded == want:
			hits = append(hits, hit{p, rankSame + p.kind})
		case strings.HasPrefix(p.folded, want):
			hits = append(hits, hit{p, rankBegins + p.kind})
		case len(want) >= shortest && strings.Contains(p.folded, want):
			hits = append(hits, hit{p, rankHolds + p.kind})
		}
	}
	if len(hits) > 0 || len(want) <= shortest || len(want) > maxSearch {
		return hits
	}
	for _, p := range places() {
		if d := distance(p.folded, want); d <= typos(want) {
			hits = append(hits, hit{p, rankTypos + 10*d + p.kind})
		}
	}
	return hits
}

const (
	maxSuggestions = 3  // more is a list to search, not a suggestion
	maxTypos       = 2  // letters that may be wrong in a name
	maxSearch      = 64 // bytes: longer is no name
)

// nearZones returns the zones that were probably meant by a name that is none, each with the
// city that it is suggested for: those of a place of that name or within two typing errors of
// it, the nearest only.
func nearZones(name string) []string {
	want := fold(name)
	town := want[strings.LastIndex(want, "/")+1:]
	if len(town) < shortest || len(name) > maxSearch {
		return nil
	}
	type near struct {
		place

		town, whole int // distances
	}
	var all []near
	for _, p := range places() {
		if p.kind == country {
			continue // a country may have many zones: search it
		}
		n := near{place: p, whole: distance(fold(p.zone), want)}
		n.town = min(n.whole, distance(p.folded, town))
		if p.kind == city && town == want {
			n.whole = 0 // a town alone is as near to each of its zones
		}
		if n.town <= typos(town) {
			all = append(all, n)
		}
	}
	slices.SortStableFunc(all, func(a, b near) int {
		return cmp.Or(cmp.Compare(a.town, b.town), cmp.Compare(a.whole, b.whole))
	})
	var zones, texts []string
	for _, n := range all {
		if n.town != all[0].town || n.whole != all[0].whole || len(zones) == maxSuggestions || slices.Contains(zones, n.zone) {
			continue
		}
		zones, texts = append(zones, n.zone), append(texts, n.zone)
		if n.kind == city {
			texts[len(texts)-1] += " (" + n.name + ")"
		}
	}
	return texts
}

// typos is how many letters may be wrong in a name: in a short one fewer.
func typos(name string) int { return min(maxTypos, len(name)/shortest) }

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
