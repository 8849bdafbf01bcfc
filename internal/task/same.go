package task

import (
	"bytes"
	"encoding/json"
	"strings"
)

// SameData reports that two specs describe the same bytes of the same windows: they differ
// at most in what the task is called, where its files go, when late data is looked for, who is
// told, and in the minor version of the report, which a task does not pin. Any other edit
// raises the generation, so that its files are not taken for those of the old spec.
func SameData(a, b Spec) bool {
	encode := func(s Spec) []byte {
		s.Description, s.Destinations, s.Expectation, s.Notify, s.Deadline = "", nil, "", nil, ""
		s.Wait, s.Vendor = nil, "" // what a vendor's layout says is in the other fields
		s.Version, _, _ = strings.Cut(s.Version, ".")
		if s.Revisions.CheckAfter = nil; !s.Revisions.On() {
			s.Revisions.Mode = ""
		}
		out, err := json.Marshal(s)
		if err != nil { // of what was JSON before
			panic(err)
		}
		return out
	}
	return bytes.Equal(encode(a), encode(b))
}
