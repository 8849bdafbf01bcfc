// Package retryafter reads how long a server asks to wait before the next try (RFC 9110, section
// 10.2.3).
package retryafter

import (
	"math"
	"net/http"
	"strconv"
	"time"
)

// longest is more than anybody waits, and less than a Duration takes.
const longest = math.MaxInt32

// In returns the wait that the header asks for, in seconds or by a date; asked is false without
// one that can be read. What is past is no wait.
func In(h http.Header, now time.Time) (wait time.Duration, asked bool) {
	if wait, asked = Seconds(h); asked {
		return wait, true
	}
	at, err := http.ParseTime(h.Get("Retry-After"))
	if err != nil {
		return 0, false
	}
	return max(at.Sub(now), 0), true
}

// Seconds returns the wait that the header asks for in seconds; asked is false of any other.
func Seconds(h http.Header) (wait time.Duration, asked bool) {
	seconds, err := strconv.ParseInt(h.Get("Retry-After"), 10, 64)
	if err != nil {
		return 0, false
	}
	return time.Duration(min(max(seconds, 0), longest)) * time.Second, true
}
