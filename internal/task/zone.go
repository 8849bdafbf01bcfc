package task

import (
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
	return nil, e.WithFix("use an IANA name such as Europe/Madrid or UTC; GET /v1/zones and starter zones find it by city")
}

// ZoneNames returns every zone that Zone accepts, in alphabetical order.
func ZoneNames() []string { return slices.Clone(tzdata.Names()) }

// TZVersion returns the release of the embedded tz database, such as "2025c". It is
// recorded wherever a window is resolved.
func TZVersion() string { return tzdata.Version }

// clip shortens what a caller sent so that an error stays readable.
func clip(s string) string {
	const most = 80
	if r := []rune(s); len(r) > most {
		return fmt.Sprintf("%s… (%d characters)", string(r[:most]), len(r))
	}
	return s
}
