package feed

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// Print returns the leaf's fingerprint: it changes when one of its files, or _SUCCESS, is written
// anew, comes or goes, and with nothing else. Objects of a storage without ETags are told apart by
// size and time.
func (l *Leaf) Print() string {
	objects := make([]Object, 0, len(l.Files)+1)
	for _, f := range l.Files {
		objects = append(objects, f.Object)
	}
	if l.Success != nil {
		objects = append(objects, *l.Success)
	}
	slices.SortFunc(objects, func(a, b Object) int { return strings.Compare(a.Key, b.Key) })
	hash := sha256.New()
	for _, o := range objects {
		fmt.Fprintf(hash, "%q %d %q %d\n", o.Key, o.Size, o.ETag, o.Modified.UnixNano())
	}
	return hex.EncodeToString(hash.Sum(nil))
}
