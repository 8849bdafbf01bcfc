package task

import (
	"path"
	"regexp"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// maxSlug bounds a description in a name, in bytes: it leaves room for the other fields.
const maxSlug = 60

// maxID bounds an id in a name; ULIDs have 26 characters, report ids fewer than 40.
const maxID = 64

// Slug reduces text to ASCII letters, digits and single hyphens, at most 60 bytes:
// "Überblick: täglich" becomes "Uberblick-taglich". Accents are dropped; other scripts
// have no safe form everywhere, so text without any Latin letter or digit becomes "task".
func Slug(text string) string {
	var b strings.Builder
	gap := false
	for _, r := range norm.NFKD.String(text) {
		switch {
		case unicode.Is(unicode.Mn, r): // the accent of the letter before it
		case r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)):
			if gap && b.Len() > 0 {
				b.WriteByte('-')
			}
			gap = false
			b.WriteRune(r)
		default:
			gap = true
		}
	}
	s := b.String()
	if len(s) > maxSlug {
		s = strings.TrimRight(s[:maxSlug], "-")
	}
	if s == "" || reservedNames[strings.ToLower(s)] {
		return "task"
	}
	return s
}

var unsafeInID = regexp.MustCompile(`[^A-Za-z0-9._-]+`)

// safe guards against ids that are not ours; those that are pass unchanged.
func safe(id string) string {
	s := unsafeInID.ReplaceAllString(id, "-")
	s = strings.Trim(s[:min(len(s), maxID)], "._-")
	if s == "" || reservedNames[strings.ToLower(strings.SplitN(s, ".", 2)[0])] {
		return strings.TrimSuffix("id-"+s, "-")
	}
	return s
}

// NameData returns the fields of a name that belong to a window: its ends, when its run
// is due, its date and its partition.
func (c *Calendar) NameData(w Window) NameData {
	return NameData{Window: w, Fire: c.Fire(w.To), Date: c.date(w), Partition: c.Partition(w)}
}

// date is the local date on which a window begins. For daily and weekly it is the date
// that the clock ought to show: 00:30 stays on its day where 00:30 does not exist, which
// keeps the dates of two windows distinct.
func (c *Calendar) date(w Window) string {
	wall := clockOf(c.zone).wall(w.From.Unix())
	if c.byDate {
		k := c.atOrAfter(w.To.Unix())
		wall = c.base + (k-1)*c.period
	}
	return time.Unix(wall, 0).UTC().Format(time.DateOnly)
}

// LongestName returns the longest name that a leg of the spec gives anything that it delivers,
// below the destination's own folder.
func (s Spec) LongestName(leg Leg) (string, error) {
	names, err := leg.Names()
	if err != nil {
		return "", err
	}
	sample := sampleName(s)
	longest, _ := names.Data(sample)
	for _, other := range []string{names.Manifest(sample), names.Marker(sample)} {
		if len(other) > len(longest) {
			longest = other
		}
	}
	return path.Join(leg.Path, longest), nil
}

// sampleName is data at its longest, for checking a template without a run.
func sampleName(s Spec) NameData {
	at := time.Date(2026, time.November, 19, 0, 0, 0, 0, time.UTC)
	id := strings.Repeat("x", len("01ARZ3NDEKTSV4RRFFQ69G5FAV")) // a ULID
	return NameData{
		Report: s.Report, Task: id, Description: s.Description, Account: id, Format: s.Format,
		Window: Window{From: at, To: at.AddDate(0, 0, 1)}, Fire: at.AddDate(0, 0, 1), Date: at.Format(time.DateOnly),
		Partition: "dt=2026-11-19/hr=00/mi=00", Version: s.Version, Part: 1, Parts: 1000, Revision: 1,
	}
}
