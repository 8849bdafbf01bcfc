// Package human writes sizes, counts and durations the way people read them, alike in the
// Temporal UI, in the API's texts and on the command line.
package human

import (
	"fmt"
	"strconv"
	"time"
)

// Bytes writes a size in decimal units with two or three digits: "353 kB", "1.6 MB".
func Bytes(n int64) string {
	const step, round = 1000, 10
	if n < step {
		return fmt.Sprintf("%d B", n)
	}
	value, unit := float64(n)/step, 0
	// 999.5 kB would be written as 1000 kB.
	for ; value >= step-0.5 && unit < len(units)-1; unit++ {
		value /= step
	}
	if value < round-0.05 {
		return fmt.Sprintf("%.1f %s", value, units[unit])
	}
	return fmt.Sprintf("%.0f %s", value, units[unit])
}

var units = []string{"kB", "MB", "GB", "TB", "PB"}

// Number writes a count with its thousands apart: "1,236".
func Number(n int64) string {
	const group = 3
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, digits = "-", digits[1:]
	}
	for i := len(digits) - group; i > 0; i -= group {
		digits = digits[:i] + "," + digits[i:]
	}
	return sign + digits
}

// Count writes so many of a thing whose plural ends in s: "1 file", "1,236 rows".
func Count[N ~int | ~int64](n N, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return Number(int64(n)) + " " + thing
}

// Duration writes how long something took: "40 ms", "0.3 s", "12 s", "3 min 20 s", "2 h 5 min".
func Duration(d time.Duration) string {
	const instant, precise = 100 * time.Millisecond, 10 * time.Second
	switch {
	case d < instant:
		return fmt.Sprintf("%d ms", max(d, 0)/time.Millisecond)
	case d < precise:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < time.Minute:
		return fmt.Sprintf("%d s", d/time.Second)
	case d < time.Hour:
		return fmt.Sprintf("%d min %d s", d/time.Minute, d%time.Minute/time.Second)
	}
	return fmt.Sprintf("%d h %d min", d/time.Hour, d%time.Hour/time.Minute)
}
