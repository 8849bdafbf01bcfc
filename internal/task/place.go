package task

import (
	"cmp"
	_ "embed"
	"slices"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"transporter/internal/task/tzdata"
)

//go:embed places.tsv
var placesFile string

// place is a name under which people look for a zone.
type place struct {
	zone   string
	name   string // as people write it: "San Francisco"; of a zone's own city "New York"
	folded string
	kind   int
}

// Kinds of places, the more telling first.
const (
	ownCity  = iota // the last part of a zone's name
	city            // another city or a region of the zone
	zoneName        // the whole name of the zone
	oldCity         // the last part of an older name
	country         // a country that the zone is of
)

// places returns every place of every zone, those of zones in places.tsv first: the others are
// links under older names.
var places = sync.OnceValue(func() (all []place) {
	add := func(zone, name string, kind int) {
		if name = strings.TrimSpace(name); name != "" {
			all = append(all, place{zone, name, fold(name), kind})
		}
	}
	zone := func(name string, kind int) {
		add(name, strings.ReplaceAll(name[strings.LastIndex(name, "/")+1:], "_", " "), kind)
		add(name, name, zoneName)
	}
	for _, l := range listed() {
		zone(l.zone, ownCity)
		for _, name := range strings.Split(l.cities, ",") {
			add(l.zone, name, city)
		}
		for _, name := range strings.Split(l.countries, ",") {
			add(l.zone, name, country)
		}
	}
	for _, name := range tzdata.Names() {
		if _, ok := countryOf()[name]; !ok {
			zone(name, oldCity)
		}
	}
	return all
})

type line struct{ zone, countries, cities string }

// listed returns the lines of places.tsv, zones with many cities first: of several zones of a
// country that is the one that most people mean.
var listed = sync.OnceValue(func() (lines []line) {
	for text := range strings.Lines(placesFile) {
		if text = strings.TrimRight(text, "\n"); strings.HasPrefix(text, "#") {
			continue
		}
		zone, rest, _ := strings.Cut(text, "\t")
		countries, cities, _ := strings.Cut(rest, "\t")
		lines = append(lines, line{zone, countries, cities})
	}
	slices.SortStableFunc(lines, func(a, b line) int {
		return cmp.Compare(strings.Count(b.cities, ","), strings.Count(a.cities, ","))
	})
	return lines
})

// countryOf maps the zones of places.tsv to their countries.
var countryOf = sync.OnceValue(func() map[string]string {
	m := map[string]string{}
	for _, l := range listed() {
		m[l.zone], _, _ = strings.Cut(l.countries, ",")
	}
	return m
})

// letters without an accent to take off.
var letters = strings.NewReplacer("ł", "l", "ø", "o", "đ", "d", "ð", "d", "þ", "th", "ß", "ss", "æ", "ae", "ı", "i")

// fold makes spellings alike: small letters without accents, single spaces between words;
// only slashes stay, which part the names of zones.
func fold(s string) string {
	plain := strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Mn, r), r == '\'', r == '’', r == '.':
			return -1
		case r == '/' || unicode.IsLetter(r) || unicode.IsDigit(r):
			return r
		}
		return ' '
	}, norm.NFKD.String(strings.ToLower(s)))
	return strings.Join(strings.Fields(letters.Replace(plain)), " ")
}
