package history

import "time"

// Oldest is the start of the oldest conversation still kept at now, epoch milliseconds.
func Oldest(now int64) int64 {
	return time.UnixMilli(now).UTC().AddDate(0, -RetentionMonths, 0).UnixMilli()
}
