package source

import "bytes"

// MaxRecord is how many bytes a record may have to be staged. Nothing that a platform serves in an everyday
// page comes near.
const MaxRecord = 64 << 20

// Withheld returns what is staged in place of a record that is not to be had, and why: every report refuses it
// with that reason, under the record's ID. No JSON begins so.
func Withheld(why string) []byte { return []byte(BadPrefix + why) }

// WhyWithheld returns the reason if the bytes stand for a record that is withheld.
func WhyWithheld(raw []byte) (why string, withheld bool) {
	rest, withheld := bytes.CutPrefix(raw, []byte(BadPrefix))
	return string(rest), withheld
}
