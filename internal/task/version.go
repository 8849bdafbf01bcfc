package task

import (
	"fmt"
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

// ServesVersion reports that a task which asks for a version gets it from the shipped one. A task pins
// the major: a later minor has columns at the end that it did not have, or mends a fault, and changes no
// meaning. What is asked for may be a major alone.
func ServesVersion(shipped, asked string) bool {
	major, minor := numbers(shipped)
	first, second := numbers(asked)
	if asked == strconv.Itoa(major) {
		return true
	}
	return first == major && second >= 0 && second <= minor && asked == fmt.Sprintf("%d.%d", first, second)
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
