package feed

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Location is what an object's key says.
type Location struct {
	Place
	Stamp

	Labels []string `json:"labels,omitempty"` // pairs that are none of ours, as written: "region=eu"
	Name   string   `json:"name"`             // of the file
}

// Path returns the folder of a leaf below the door's root, with a slash at its end. A stamp without
// hour gives the folder of the whole day, and so the prefix of its listing.
func Path(p Place, s Stamp) string {
	return fmt.Sprintf("%s/version=%s/format=%s/%s/", p.Feed, p.Version, p.Format, s)
}

var feedName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// ParsePath reads an object's key below the door's root:
//
//	FEED/version=V/format=F/dt=YYYY-MM-DD[/hr=HH[/mi=MM]]/FILE
//
// The pairs may come in any order, others are kept as labels, hours and minutes may have one digit,
// and nothing is url-decoded. The error says why the key is of no leaf; such objects are ignored.
func ParsePath(key string) (Location, error) {
	parts := strings.Split(key, "/")
	l := Location{Place: Place{Feed: parts[0]}, Stamp: Stamp{Hour: None, Minute: None}, Name: parts[len(parts)-1]}
	if !feedName.MatchString(l.Feed) {
		return Location{}, fmt.Errorf("%q is no feed's name: lower-case letters, digits and underscores are", l.Feed)
	}
	if len(parts) == 1 || l.Name == "" {
		return Location{}, fmt.Errorf("it is no file below a feed's folder")
	}
	given := map[string]string{}
	for _, part := range parts[1 : len(parts)-1] {
		name, value, ok := strings.Cut(part, "=")
		if _, twice := given[name]; !ok || twice {
			return Location{}, fmt.Errorf("%q in its path is no new name=value pair", part)
		}
		given[name] = value
		switch name {
		case "version", "format", "dt", "hr", "mi":
		default:
			l.Labels = append(l.Labels, part)
		}
	}
	var err error
	if l.Version, l.Format, err = readPlace(given); err != nil {
		return Location{}, err
	}
	if l.Stamp, err = readStamp(given); err != nil {
		return Location{}, err
	}
	return l, nil
}

var wholeNumber = regexp.MustCompile(`^[0-9]+$`)

func readPlace(given map[string]string) (version, format string, err error) {
	if version = given["version"]; !wholeNumber.MatchString(version) {
		return "", "", fmt.Errorf("version=%s in its path is not a whole number", version)
	}
	if format = given["format"]; format == "" {
		return "", "", fmt.Errorf("format= is missing in its path")
	}
	return version, format, nil
}

func readStamp(given map[string]string) (Stamp, error) {
	s := Stamp{Date: given["dt"], Hour: None, Minute: None}
	if _, err := time.Parse(time.DateOnly, s.Date); err != nil {
		return Stamp{}, fmt.Errorf("dt=%s in its path is not a date as 2006-01-02", s.Date)
	}
	hour, ofHour := given["hr"]
	minute, ofMinute := given["mi"]
	if ofMinute && !ofHour {
		return Stamp{}, fmt.Errorf("mi=%s in its path stands without hr=", minute)
	}
	if s.Hour = clock(hour, 24); ofHour && s.Hour == None {
		return Stamp{}, fmt.Errorf("hr=%s in its path is not an hour from 00 to 23", hour)
	}
	if s.Minute = clock(minute, 60); ofMinute && s.Minute == None {
		return Stamp{}, fmt.Errorf("mi=%s in its path is not a minute from 00 to 59", minute)
	}
	return s, nil
}

// clock reads one or two digits below the limit, or None.
func clock(text string, limit int) int {
	n, err := strconv.ParseUint(text, 10, 8)
	if err != nil || len(text) > 2 || int(n) >= limit {
		return None
	}
	return int(n)
}
