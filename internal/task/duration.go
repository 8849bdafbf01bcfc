package task

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// Duration is an elapsed time written as "15m", "6h", "1d" or a sum such as "1d12h";
// units are s, m, h, d (24 hours) and w (7 days).
type Duration time.Duration

var (
	durationWhole = regexp.MustCompile(`^(\d{1,9}[smhdw])+$`)
	durationPart  = regexp.MustCompile(`(\d{1,9})([smhdw])`)
	durationUnit  = map[string]time.Duration{
		"s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour, "w": 7 * 24 * time.Hour,
	}
)

// ParseDuration reads the written form; "0" is zero.
func ParseDuration(s string) (Duration, error) {
	if s == "0" {
		return 0, nil
	}
	if !durationWhole.MatchString(s) {
		return 0, fmt.Errorf(`%q is not a duration: write "15m", "6h" or "1d"`, s)
	}
	var d time.Duration
	for _, p := range durationPart.FindAllStringSubmatch(s, -1) {
		n, err := strconv.ParseInt(p[1], 10, 64)
		if err != nil {
			return 0, fmt.Errorf("%q is not a duration: %w", s, err)
		}
		d += time.Duration(n) * durationUnit[p[2]]
		if d < 0 || d > 10*366*24*time.Hour {
			return 0, fmt.Errorf("%q is longer than ten years", s)
		}
	}
	return Duration(d), nil
}

// String returns the shortest written form that ParseDuration reads back.
func (d Duration) String() string {
	t := time.Duration(d)
	if t <= 0 {
		return "0"
	}
	s := ""
	for _, u := range []string{"d", "h", "m", "s"} {
		if n := t / durationUnit[u]; n > 0 {
			s += strconv.FormatInt(int64(n), 10) + u
			t -= n * durationUnit[u]
		}
	}
	return s
}

// MarshalJSON writes the string form.
func (d Duration) MarshalJSON() ([]byte, error) { return json.Marshal(d.String()) }

// UnmarshalJSON reads the string form.
func (d *Duration) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return fmt.Errorf(`a duration is a string such as "15m": %w`, err)
	}
	v, err := ParseDuration(s)
	*d = v
	return err
}
