package destination

import (
	"path"
	"regexp"
	"time"
)

// AbandonedAfter is how much older than a test's own file one of another test must be to have
// been left there: none takes as long.
const AbandonedAfter = time.Hour

// hiddenProbe is the form of the names that ProbeFile makes with the prefix HiddenProbe, and of
// temporary names made of them.
var hiddenProbe = regexp.MustCompile(`^\.{1,2}probe-[a-z2-7]{26}(\.[0-9a-f]{16}\.part)?$`)

// HiddenProbe begins the names of what tests write in a destination's folder.
const HiddenProbe = ".probe-"

// IsProbe reports whether a test made the name, or the last part of the key.
func IsProbe(name string) bool { return hiddenProbe.MatchString(path.Base(name)) }

// Abandoned returns which files of a place were left by tests that were killed. It takes names,
// or keys, with the times of their last change, and the asking test's own file among them,
// whose time is the place's own clock; without it there are none.
func Abandoned(own string, changed map[string]time.Time) (names []string) {
	now, written := changed[own]
	for name, at := range changed {
		if written && IsProbe(name) && now.Sub(at) > AbandonedAfter {
			names = append(names, name)
		}
	}
	return names
}
