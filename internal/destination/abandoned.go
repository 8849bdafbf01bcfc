package destination

import (
	"regexp"
	"time"
)

// abandonedAfter is how much older than a test's own file one of another test must be: none
// takes as long.
const abandonedAfter = time.Hour

// hiddenProbe is the form of the names that ProbeFile makes with the prefix HiddenProbe, and of
// temporary names made of them.
var hiddenProbe = regexp.MustCompile(`^\.{1,2}probe-[a-z2-7]{26}(\.[0-9a-f]{16}\.part)?$`)

// HiddenProbe begins the names of what tests write in a destination's folder.
const HiddenProbe = ".probe-"

// Abandoned returns which files of a folder were left by tests that were killed. It takes names
// with the times of their last change, and the name of the asking test's own file among them,
// whose time is the place's own clock; without it there are none.
func Abandoned(own string, changed map[string]time.Time) (names []string) {
	now, written := changed[own]
	for name, at := range changed {
		if written && hiddenProbe.MatchString(name) && now.Sub(at) > abandonedAfter {
			names = append(names, name)
		}
	}
	return names
}
