package conversation

import "strconv"

// NumberedKey returns the key of the event that has the number in its dialog.
func NumberedKey(dialog string, sequence int) string { return dialog + "/" + strconv.Itoa(sequence) }

// DetailsKey returns the key of the full statement that was last changed at the time (Connector
// API: metaDataLastUpdateTs).
func DetailsKey(updated int64) string { return "details/" + strconv.FormatInt(updated, 10) }
