package config

import (
	"fmt"
	"time"
)

// ClockUsage is the help of --now, which worker and api have in common with the sandbox.
const ClockUsage = "fixed time of the data, RFC 3339 (default: the clock); for records of the past, as the sandbox's --now"

// Clock returns the clock that --now asks for: one that stands still at that time, or
// time.Now for an empty flag. Signatures and schedules always keep real time.
func Clock(now string) (func() time.Time, error) {
	if now == "" {
		return time.Now, nil
	}
	at, err := time.Parse(time.RFC3339, now)
	if err != nil {
		return nil, fmt.Errorf("--now: %q must be RFC 3339, like 2026-11-20T12:00:00Z", now)
	}
	return func() time.Time { return at }, nil
}
