package human

import "unicode/utf8"

// Clip shortens a text to at most so many bytes, without cutting a character, and says so
// with an ellipsis.
func Clip(s string, most int) string {
	const mark = "…"
	if len(s) <= most {
		return s
	}
	cut := max(most-len(mark), 0)
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + mark
}
