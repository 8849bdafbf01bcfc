package task

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/task/tzdata"
)

func TestSearchZones(t *testing.T) {
	for query, want := range map[string]string{
		"madrid":           "Europe/Madrid",
		" MADRID ":         "Europe/Madrid",
		"San Francisco":    "America/Los_Angeles",
		"san-francisco":    "America/Los_Angeles",
		"Mumbai":           "Asia/Kolkata",
		"Calcutta":         "Asia/Kolkata", // not its older name, Asia/Calcutta
		"Asia/Calcutta":    "Asia/Calcutta",
		"munchen":          "Europe/Berlin",
		"München":          "Europe/Berlin",
		"sao paulo":        "America/Sao_Paulo",
		"Łódź":             "Europe/Warsaw",
		"lodz":             "Europe/Warsaw",
		"ra'anana":         "Asia/Jerusalem",
		"st johns":         "America/St_Johns",
		"new york":         "America/New_York",
		"america/new_york": "America/New_York",
		"Kiev":             "Europe/Kyiv",
		"Saigon":           "Asia/Ho_Chi_Minh",
		"Beijing":          "Asia/Shanghai",
		"Nepal":            "Asia/Kathmandu",
		"katmandu":         "Asia/Kathmandu",
		"Côte d’Ivoire":    "Africa/Abidjan",
		"UTC":              "UTC",
		"los ange":         "America/Los_Angeles",
		"San Fransisco":    "America/Los_Angeles", // a typing error
		"Barselona":        "Europe/Madrid",
		"US/Pacific":       "US/Pacific",
		"indianapolis":     "America/Indiana/Indianapolis",
		"Lord Howe":        "Australia/Lord_Howe",
		"buenos aires":     "America/Argentina/Buenos_Aires",
		"Port-au-Prince":   "America/Port-au-Prince",
		"Frankfurt":        "Europe/Berlin",
		"Hyderabad":        "Asia/Kolkata",
		"Tel Aviv":         "Asia/Jerusalem",
		"Cape Town":        "Africa/Johannesburg",
		"Rio de Janeiro":   "America/Sao_Paulo",
		"Nuku'alofa":       "Pacific/Tongatapu",
		"Reykjavík":        "Atlantic/Reykjavik",
		"Petropavlovsk":    "Asia/Kamchatka",
		"district of Nowhere, which is longer than any name of a place that there is": "",
		"xyzzy plugh": "",
	} {
		found := SearchZones(query, 5)
		if want == "" {
			require.Empty(t, found, query)
			continue
		}
		require.NotEmpty(t, found, query)
		require.Equal(t, want, found[0].Zone, "%s: %v", query, found)
	}
}

func TestSearchZonesTellsWhatMatched(t *testing.T) {
	require.Equal(t, []ZoneMatch{
		{Zone: "Europe/Madrid", Place: "Valencia", Country: "Spain"},
		{Zone: "America/Caracas", Place: "Valencia", Country: "Venezuela"},
	}, SearchZones("valencia", 10))
	require.Equal(t, []string{"Europe/Madrid", "Atlantic/Canary", "Africa/Ceuta"}, zonesOf(SearchZones("spain", 3)), "most people first")
	require.Len(t, SearchZones("", 7), 7)
	require.Equal(t, ZoneNames(), zonesOf(SearchZones("", 10_000)))
	for _, z := range SearchZones("a", 1000) {
		_, err := Zone(z.Zone)
		require.NoError(t, err)
	}
}

// Every zone is found by its own name, first, or in its place the same under its present name:
// America/Havana for Cuba; and by every name that places.tsv gives it.
func TestEveryZoneIsFound(t *testing.T) {
	for _, name := range ZoneNames() {
		found := SearchZones(name, 1)[0].Zone
		if strings.Contains(name, "/") {
			require.Equal(t, name, found)
		}
		want, _ := tzdata.Raw(name)
		got, _ := tzdata.Raw(found)
		require.True(t, bytes.Equal(want, got), "%s finds %s", name, found)
	}
	for _, p := range places() {
		if _, present := countryOf()[p.zone]; present {
			require.Contains(t, zonesOf(SearchZones(p.name, 1000)), p.zone, p.name)
		}
	}
}

func zonesOf(lists ...[]ZoneMatch) (names []string) {
	for _, list := range lists {
		for _, m := range list {
			if !slices.Contains(names, m.Zone) {
				names = append(names, m.Zone)
			}
		}
	}
	return names
}

func TestPlacesFile(t *testing.T) {
	var zones []string
	for _, l := range listed() {
		_, err := Zone(l.zone)
		require.NoError(t, err, l.zone)
		require.Equal(t, l.zone == "UTC", l.countries == "", l.zone)
		require.Equal(t, 2, strings.Count(l.zone+"\t"+l.countries+"\t"+l.cities, "\t"), l.zone)
		zones = append(zones, l.zone)
	}
	require.Greater(t, len(zones), 250)
	slices.Sort(zones)
	require.Len(t, slices.Compact(zones), len(listed()), "no zone twice")
	for _, p := range places() {
		require.NotEmpty(t, p.folded, p.name)
		require.Regexp(t, `^[a-z0-9/ ]+$`, p.folded, p.name)
	}
}

func TestNextTransition(t *testing.T) {
	next, ok := NextTransition(mustZone(t, "Europe/Madrid"), at(t, "2026-11-21T00:00:00Z"))
	require.True(t, ok)
	require.Equal(t, Transition{At: at(t, "2027-03-28T01:00:00Z"), Before: time.Hour, After: 2 * time.Hour}, next)
	again, ok := NextTransition(mustZone(t, "Europe/Madrid"), next.At)
	require.True(t, ok)
	require.Equal(t, at(t, "2027-10-31T01:00:00Z"), again.At, "the one at the time itself is past")
	_, ok = NextTransition(mustZone(t, "Asia/Kolkata"), at(t, "2026-11-21T00:00:00Z"))
	require.False(t, ok)
}
