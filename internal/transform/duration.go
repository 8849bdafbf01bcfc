package transform

import (
	"strconv"

	"transporter/internal/report"
	"transporter/internal/task"
)

// appendDuration writes milliseconds as formatting.durations asks for: as they are; as seconds,
// exact; or as hours, minutes and seconds, to the nearest second. Hours go on beyond 24.
func appendDuration(dst []byte, ms int64, as string) []byte {
	switch as {
	case task.DurationsSeconds:
		return appendSeconds(dst, ms)
	case task.DurationsClock:
		return appendHours(dst, ms)
	}
	return strconv.AppendInt(dst, ms, 10)
}

func appendSeconds(dst []byte, ms int64) []byte {
	if ms < 0 {
		dst, ms = append(dst, '-'), -ms
	}
	dst = strconv.AppendInt(dst, ms/1000, 10)
	if ms %= 1000; ms == 0 {
		return dst
	}
	dst = append(dst, '.', digit(int(ms/100)), digit(int(ms/10%10)), digit(int(ms%10)))
	for dst[len(dst)-1] == '0' {
		dst = dst[:len(dst)-1]
	}
	return dst
}

func appendHours(dst []byte, ms int64) []byte {
	seconds := (max(ms, -ms) + 500) / 1000
	if ms < 0 && seconds > 0 {
		dst = append(dst, '-')
	}
	if seconds < 10*3600 {
		dst = append(dst, '0')
	}
	dst = strconv.AppendInt(dst, seconds/3600, 10)
	for _, part := range []int64{seconds / 60 % 60, seconds % 60} {
		dst = append(dst, ':', digit(int(part/10)), digit(int(part%10)))
	}
	return dst
}

// writtenType names what a column holds where files tell the types of their columns: with
// another unit than its own, that.
func writtenType(t report.Type, durations string) string {
	if t == report.MS && durations != "" {
		return durations
	}
	return string(t)
}
