package feed

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Rules say how listings are read.
type Rules struct {
	// Settle is how long files that are newer than _SUCCESS must have been left alone before the
	// leaf counts as whole, and by how much what is left of an earlier export is older.
	Settle   time.Duration
	Decrypts bool // encrypted files can be read

	// Refreshed is of storages that know no _SUCCESS: from when on the leaf can be whole. Nil where
	// there is one.
	Refreshed func(Stamp) time.Time
}

// DefaultSettle is longer than any gap that was seen between the files of one export.
const DefaultSettle = 10 * time.Minute

// resolve decides which of the files that lie in the leaf are its rows.
func (g *gathered) resolve(rules Rules) {
	if len(g.Folders) > 1 {
		g.Fault = "it lies in two folders: " + strings.Join(g.Folders, " and ")
	}
	if g.Success != nil && g.Success.Size > 0 {
		g.Warnings = append(g.Warnings, Success+" is not empty")
	}
	files := g.withoutTwins(slices.Clone(g.files), rules)
	files = g.oneKind(files)
	slices.SortFunc(files, bySplit)
	files = g.onePerSplit(files)
	files = g.withoutLeftovers(files, rules.Settle)
	g.findGap(files)
	for _, f := range files {
		g.Files = append(g.Files, f.File)
	}
}

func (g *gathered) contradiction(format string, args ...any) {
	if g.Fault == "" {
		g.Fault = fmt.Sprintf(format, args...)
	}
}

// withoutTwins keeps one of a file and its encrypted twin: never both, the encrypted one if it can
// be read.
func (g *gathered) withoutTwins(files []named, rules Rules) []named {
	encrypted := map[string]bool{}
	plain := map[string]bool{}
	for _, f := range files {
		if f.Encrypted {
			encrypted[strings.TrimSuffix(f.Key, ".enc")] = true
		} else {
			plain[f.Key] = true
		}
	}
	return slices.DeleteFunc(files, func(f named) bool {
		switch {
		case !f.Encrypted && encrypted[f.Key] && rules.Decrypts:
			g.ignore(f.Object, "its encrypted twin is read")
			return true
		case f.Encrypted && plain[strings.TrimSuffix(f.Key, ".enc")] && !rules.Decrypts:
			g.ignore(f.Object, "it is encrypted, and its plain twin is read")
			return true
		}
		return false
	})
}

// oneKind keeps the splits or the unsplit files, whichever are all newer: the others are of an
// earlier export.
func (g *gathered) oneKind(files []named) []named {
	var whole, splits []named
	for _, f := range files {
		if f.Split == None {
			whole = append(whole, f)
		} else {
			splits = append(splits, f)
		}
	}
	switch {
	case len(whole) == 0 || len(splits) == 0:
		return files
	case newest(whole).Before(oldest(splits)):
		return g.leave(whole, splits, "the splits are newer")
	case newest(splits).Before(oldest(whole)):
		return g.leave(splits, whole, "the unsplit file is newer")
	}
	g.contradiction("%s lies beside splits, and neither is newer than the other", whole[0].Key)
	return files
}

func (g *gathered) leave(old, kept []named, reason string) []named {
	for _, f := range old {
		g.ignore(f.Object, "it is left over from an earlier export: "+reason)
	}
	return kept
}

// onePerSplit keeps the newest of several files of one split, as when compression was agreed upon
// in between.
func (g *gathered) onePerSplit(files []named) []named {
	kept := files[:0:0]
	for _, f := range files {
		last := len(kept) - 1
		switch {
		case last < 0 || kept[last].Split != f.Split:
			kept = append(kept, f)
		case f.Modified.After(kept[last].Modified):
			g.ignore(kept[last].Object, "it is left over from an earlier export: "+f.Key+" is newer")
			kept[last] = f
		case f.Modified.Before(kept[last].Modified):
			g.ignore(f.Object, "it is left over from an earlier export: "+kept[last].Key+" is newer")
		default:
			g.contradiction("%s and %s are of one split and of one age", kept[last].Key, f.Key)
			kept = append(kept, f)
		}
	}
	return kept
}

// withoutLeftovers drops the highest splits if each is older than every lower one by more than the
// settle time: an earlier export had more of them. Older lower ones are kept: a slow export writes
// them first.
func (g *gathered) withoutLeftovers(files []named, settle time.Duration) []named {
	for n := 1; n < len(files); n++ {
		if newest(files[n:]).Add(settle).Before(oldest(files[:n])) {
			for _, f := range files[n:] {
				g.ignore(f.Object, "it is left over from an earlier export with more splits")
			}
			return files[:n]
		}
	}
	return files
}

// findGap looks for splits that are missing: numbers begin with 00 or 01 and go up by one.
func (g *gathered) findGap(files []named) {
	if len(files) == 0 || files[0].Split == None {
		return
	}
	next := min(files[0].Split, 1)
	for _, f := range files {
		if f.Split > next {
			g.contradiction("split %02d is missing before %s", next, f.Key)
			return
		}
		next = f.Split + 1
	}
}

func newest(files []named) time.Time {
	return slices.MaxFunc(files, byTime).Modified
}

func oldest(files []named) time.Time {
	return slices.MinFunc(files, byTime).Modified
}

func byTime(a, b named) int { return a.Modified.Compare(b.Modified) }
