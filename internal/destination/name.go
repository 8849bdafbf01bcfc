package destination

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"transporter/internal/fault"
)

// maxName is the longest name, in bytes: keys of S3 and Cloud Storage may have 1024, with the
// destination's own folder, and so may paths on the strictest systems.
const maxName = 1024

// maxNamePart is the longest part of a name, in bytes: file systems allow 255, and a
// temporary name adds two dots, a token of 16 characters and "part".
const maxNamePart = 255 - 24

// CheckName returns fault.InvalidSpec unless the name is a relative path that stays in
// the destination's folder and means the same everywhere: parts separated by single
// "/", none of them ".", "..", longer than 231 bytes, or with a control character, a
// backslash or broken UTF-8, and 1024 bytes at most together. Adapters call it before they
// use a name.
func CheckName(name string) error {
	if len(name) > maxName {
		return fault.New(fault.InvalidSpec, "file name %q… has %d bytes, more than %d", strings.ToValidUTF8(name[:maxNamePart], ""), len(name), maxName).
			WithField("fileName").WithFix("shorten the name or the path")
	}
	for part := range strings.SplitSeq(name, "/") {
		if problem := partProblem(part); problem != "" {
			return fault.New(fault.InvalidSpec, "file name %q %s", name, problem).WithField("fileName").
				WithFix("use a relative path of plain names, such as reports/2026-11-20.csv.pgp")
		}
	}
	return nil
}

func partProblem(part string) string {
	switch {
	case part == "":
		return "has an empty part"
	case part == "." || part == "..":
		return "has the part " + part
	case len(part) > maxNamePart:
		return "has a part of more than 231 bytes"
	case !utf8.ValidString(part):
		return "is not valid UTF-8"
	case strings.ContainsRune(part, '\\'):
		return "has a backslash"
	case strings.ContainsFunc(part, unicode.IsControl):
		return "has a control character"
	}
	return ""
}

// CheckToken returns fault.InvalidSpec unless the token is 16 lower-case hexadecimal
// characters.
func CheckToken(token string) error {
	const length = 16
	if len(token) != length || strings.Trim(token, "0123456789abcdef") != "" {
		return fault.New(fault.InvalidSpec, "token is not %d hexadecimal characters", length)
	}
	return nil
}
