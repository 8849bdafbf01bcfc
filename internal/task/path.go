package task

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of names, in bytes. Common file systems and object stores take 255 a part and
// about 1,000 in all; the difference is room for ".pgp" and temporary names.
const (
	MaxFileName = 200
	MaxPath     = 512
)

// reservedNames mean devices on Windows, with any extension.
var reservedNames = map[string]bool{
	"con": true, "prn": true, "aux": true, "nul": true,
	"com1": true, "com2": true, "com3": true, "com4": true, "com5": true,
	"com6": true, "com7": true, "com8": true, "com9": true,
	"lpt1": true, "lpt2": true, "lpt3": true, "lpt4": true, "lpt5": true,
	"lpt6": true, "lpt7": true, "lpt8": true, "lpt9": true,
}

// CheckPath returns nil for a path of folders that stays where it is put, on every kind
// of destination: relative, parts separated by "/", each one passing CheckPart.
func CheckPath(path string) error {
	switch {
	case path == "":
		return fmt.Errorf("the path is empty")
	case len(path) > MaxPath:
		return fmt.Errorf("the path has %d bytes, at most %d are allowed", len(path), MaxPath)
	case strings.HasPrefix(path, "/"):
		return fmt.Errorf("the path begins with a slash")
	case strings.HasSuffix(path, "/"):
		return fmt.Errorf("the path ends in a slash")
	}
	for part := range strings.SplitSeq(path, "/") {
		if err := CheckPart(part); err != nil {
			return fmt.Errorf("folder %q: %w", clip(part), err)
		}
	}
	return nil
}

// CheckPart returns nil for one folder or file name that every kind of destination
// stores as it is written.
func CheckPart(name string) error {
	switch {
	case name == "":
		return fmt.Errorf("the name is empty")
	case name == "." || name == "..":
		return fmt.Errorf("it would leave its place")
	case !utf8.ValidString(name):
		return fmt.Errorf("it is not valid UTF-8")
	case len(name) > MaxFileName:
		return fmt.Errorf("it has %d bytes, at most %d are allowed", len(name), MaxFileName)
	case strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_"):
		return fmt.Errorf("names that begin with a dot or underscore are ours: temporary files and markers")
	case strings.TrimSpace(name) != name || strings.HasSuffix(name, "."):
		return fmt.Errorf("it begins or ends with a space, or ends with a dot")
	case reservedNames[strings.ToLower(strings.SplitN(name, ".", 2)[0])]:
		return fmt.Errorf("the name means a device on some systems")
	}
	for _, r := range name {
		if strings.ContainsRune(`\/:*?"<>|%`, r) || !unicode.IsPrint(r) {
			return fmt.Errorf("it contains %q", r)
		}
	}
	return nil
}
