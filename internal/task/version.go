package task

import (
	"strconv"
	"strings"
)

// OlderVersion reports that a is an older version than b. Versions are major.minor; what is
// none counts as the oldest.
func OlderVersion(a, b string) bool {
	majorA, minorA := numbers(a)
	majorB, minorB := numbers(b)
	return majorA < majorB || majorA == majorB && minorA < minorB
}

func numbers(version string) (major, minor int) {
	first, second, _ := strings.Cut(version, ".")
	number := func(s string) int {
		n, err := strconv.Atoi(s)
		if err != nil {
			return -1
		}
		return n
	}
	return number(first), number(second)
}
