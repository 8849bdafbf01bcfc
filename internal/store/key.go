package store

import (
	"regexp"
	"strings"

	"transporter/internal/fault"
)

const (
	// maxKey leaves room for a bucket prefix below S3's limit of 1,024 bytes
	// (docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html).
	maxKey = 900
	// maxPart is the longest file name of the usual file systems (NAME_MAX).
	maxPart = 255
)

var partAlphabet = regexp.MustCompile(`^[A-Za-z0-9._~=+-]+$`)

// CheckKey refuses what is not a key, with fault.InvalidSpec: keys are parts joined by
// "/", at most 900 bytes, each part of 1 to 255 letters, digits and . _ ~ = + - and none
// of them "." or "..".
func CheckKey(key string) error {
	if len(key) > maxKey {
		return fault.New(fault.InvalidSpec, "key of %d bytes: at most %d are allowed", len(key), maxKey)
	}
	for part := range strings.SplitSeq(key, "/") {
		if !validPart(part) {
			return fault.New(fault.InvalidSpec,
				"key %q: part %q must be 1 to %d of A-Z a-z 0-9 . _ ~ = + - and not . or ..", key, part, maxPart)
		}
	}
	return nil
}

// CheckPrefix refuses what no key begins with. The empty prefix is all keys.
func CheckPrefix(prefix string) error {
	whole, rest, nested := cutLast(prefix)
	if nested {
		if err := CheckKey(whole); err != nil {
			return err
		}
	}
	if rest != "" && !partAlphabet.MatchString(rest) {
		return fault.New(fault.InvalidSpec, "key prefix %q: allowed are A-Z a-z 0-9 . _ ~ = + - and /", prefix)
	}
	return nil
}

func validPart(part string) bool {
	return part != "." && part != ".." && len(part) <= maxPart && partAlphabet.MatchString(part)
}

// cutLast splits at the last slash; nested is false when there is none.
func cutLast(prefix string) (folder, rest string, nested bool) {
	i := strings.LastIndexByte(prefix, '/')
	if i < 0 {
		return "", prefix, false
	}
	return prefix[:i], prefix[i+1:], true
}
