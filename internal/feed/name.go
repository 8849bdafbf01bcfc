package feed

import (
	"fmt"
	"regexp"
	"strconv"
)

// Success is the name of the object that is written when a leaf is whole, empty and last
// ("_SUCCESS": docs.asapp.com/reporting/retrieve-s3).
const Success = "_SUCCESS"

// fileName is FEED.FORMAT[.SPLIT][.COMPRESSION][.ENCRYPTION]. The feed in it may differ from the
// folder's, which counts: export jobs are not always named after their tables.
var fileName = regexp.MustCompile(`^([A-Za-z0-9_\-]+)\.jsonl(?:\.([0-9]{2,}))?(\.gz)?(\.enc)?$`)

// FileName returns the name of a data file; the split is None for the only file of its leaf.
func FileName(feed string, split int, gzip, encrypted bool) string {
	name := feed + ".jsonl"
	if split != None {
		name += fmt.Sprintf(".%02d", split)
	}
	if gzip {
		name += ".gz"
	}
	if encrypted {
		name += ".enc"
	}
	return name
}

// ParseName reads the name of a data file and returns the feed that it names; false: it is none.
func ParseName(name string) (feed string, f File, ok bool) {
	m := fileName.FindStringSubmatch(name)
	if m == nil {
		return "", File{}, false
	}
	f = File{Split: None, Gzip: m[3] != "", Encrypted: m[4] != ""}
	if m[2] != "" {
		split, err := strconv.Atoi(m[2])
		if err != nil {
			return "", File{}, false // more digits than a number has
		}
		f.Split = split
	}
	return m[1], f, true
}
