package feed_test

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
	"transporter/internal/feed"
)

var (
	epoch = time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)
	noon  = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	rules = feed.Rules{Settle: feed.DefaultSettle}
)

const hour5 = "reps/version=1/format=jsonl/dt=2026-11-20/hr=05/"

// at is an object written some minutes after noon.
func at(key string, minutes int) feed.Object {
	return feed.Object{Key: key, Size: 10, ETag: "e" + key, Modified: noon.Add(time.Duration(minutes) * time.Minute)}
}

// flag is an empty _SUCCESS of the leaf hour5.
func flag(minutes int) feed.Object {
	o := at(hour5+"_SUCCESS", minutes)
	o.Size = 0
	return o
}

// listing is in the order of keys, as a door's.
func listing(objects ...feed.Object) iter.Seq2[feed.Object, error] {
	slices.SortFunc(objects, func(a, b feed.Object) int { return strings.Compare(a.Key, b.Key) })
	return func(yield func(feed.Object, error) bool) {
		for _, o := range objects {
			if !yield(o, nil) {
				return
			}
		}
	}
}

func leavesOf(t *testing.T, rules feed.Rules, objects ...feed.Object) []feed.Leaf {
	var leaves []feed.Leaf
	for l, err := range feed.Leaves(listing(objects...), rules, nil) {
		require.NoError(t, err)
		leaves = append(leaves, l)
	}
	return leaves
}

func stamps(leaves []feed.Leaf) []string {
	var s []string
	for _, l := range leaves {
		s = append(s, l.String())
	}
	return s
}

func TestListingsAreCutIntoLeaves(t *testing.T) {
	const day = "utterances/version=1/format=jsonl/dt=2026-11-20/"
	leaves := leavesOf(t, rules,
		at(day+"utterances.jsonl", 0), at(day+"_SUCCESS", 1), // sort around hr=
		at(day+"hr=05/utterances.jsonl", 0), at(day+"hr=05/mi=15/utterances.jsonl", 0),
		at("utterances/version=2/format=jsonl/dt=2026-11-20/utterances.jsonl", 0),
		at("utterances/readme.txt", 0))
	require.Equal(t, []string{"dt=2026-11-20", "dt=2026-11-20/hr=05", "dt=2026-11-20/hr=05/mi=15", "dt=2026-11-20"}, stamps(leaves))
	require.NotNil(t, leaves[0].Success)
	require.Nil(t, leaves[1].Success, "a flag on dt says nothing about leaves under it")
	require.Equal(t, "2", leaves[3].Version, "two versions at once are two places")
}

func TestAnythingElseIsIgnoredWithTheReason(t *testing.T) {
	ignored := map[string]string{}
	objects := listing(flag(1), at(hour5+"reps.jsonl", 0), at(hour5+"reps.csv", 0), at(hour5+"_success", 0), at(hour5+"_SUCCESS.gz", 0), at("reps/x", 0),
		at("reps/version=1/format=jsonl/dt=2026-11-20/hr=06/readme", 0))
	for l, err := range feed.Leaves(objects, rules, func(key, reason string) { ignored[key] = reason }) {
		require.NoError(t, err)
		require.Len(t, l.Files, 1)
		require.Len(t, l.Ignored, 3)
		for _, text := range l.Ignored {
			require.Contains(t, text, "its name is neither a data file's nor _SUCCESS")
		}
	}
	require.Equal(t, map[string]string{
		"reps/x": "version= in its path is not a whole number",
		"reps/version=1/format=jsonl/dt=2026-11-20/hr=06/readme": "its name is neither a data file's nor _SUCCESS",
	}, ignored)
}

func TestADayInTwoPlacesOfAListingEndsInAnError(t *testing.T) {
	var last error
	for _, err := range feed.Leaves(listing(
		at("reps/region=eu/version=1/format=jsonl/dt=2026-11-20/reps.jsonl", 0),
		at("reps/region=eu/version=1/format=jsonl/dt=2026-11-21/reps.jsonl", 0),
		at("reps/region=us/version=1/format=jsonl/dt=2026-11-20/reps.jsonl", 0)), rules, nil) {
		last = err
	}
	require.ErrorContains(t, last, "its day was listed before, in another folder")
	require.Equal(t, fault.SchemaMismatch, fault.KindOf(last))
}

func TestAFailedListingIsNoShortOne(t *testing.T) {
	gone := errors.New("gone")
	objects := func(yield func(feed.Object, error) bool) {
		if yield(at(hour5+"reps.jsonl", 0), nil) {
			yield(feed.Object{}, gone)
		}
	}
	var errs []error
	for _, err := range feed.Leaves(objects, rules, nil) {
		errs = append(errs, err)
	}
	require.Equal(t, []error{gone}, errs, "half of a day passed for a whole one")
}

func split(n, minutes int) feed.Object {
	return at(hour5+feed.FileName("reps", n, true, false), minutes)
}

func TestWhichFilesOfALeafAreRead(t *testing.T) {
	whole, enc := at(hour5+"reps.jsonl", 0), at(hour5+"reps.jsonl.enc", 0)
	hundred := make([]feed.Object, 101)
	for i := range hundred {
		hundred[i] = split(i, 0)
	}
	for name, c := range map[string]struct {
		objects []feed.Object
		decrypt bool
		splits  []int  // of the files that are read
		state   string // and why
	}{
		"plain hour":                             {[]feed.Object{whole, flag(1)}, false, []int{feed.None}, "complete: "},
		"splits starting at 00":                  {[]feed.Object{split(0, 0), split(1, 0), split(2, 0), flag(1)}, false, []int{0, 1, 2}, "complete: "},
		"splits starting at 01":                  {[]feed.Object{split(1, 0), split(2, 0), split(3, 0), flag(1)}, false, []int{1, 2, 3}, "complete: "},
		"splits starting at 02":                  {[]feed.Object{split(2, 0), flag(1)}, false, []int{2}, "broken: split 01 is missing before " + split(2, 0).Key},
		"a gap in the splits":                    {[]feed.Object{split(0, 0), split(2, 0), flag(1)}, false, []int{0, 2}, "broken: split 01 is missing before " + split(2, 0).Key},
		"leftover high split":                    {[]feed.Object{split(0, 30), split(1, 30), split(2, 0), flag(31)}, false, []int{0, 1}, "complete: "},
		"a high split within the settle time":    {[]feed.Object{split(0, 10), split(1, 9), split(2, 0), flag(31)}, false, []int{0, 1, 2}, "complete: "},
		"a slow export in order":                 {[]feed.Object{split(0, 0), split(1, 30), split(2, 60), flag(61)}, false, []int{0, 1, 2}, "complete: "},
		"leftover of two earlier exports":        {[]feed.Object{split(0, 60), split(1, 60), split(2, 30), split(3, 0), flag(61)}, false, []int{0, 1}, "complete: "},
		"unsplit beside newer splits":            {[]feed.Object{whole, split(0, 1), split(1, 1), flag(2)}, false, []int{0, 1}, "complete: "},
		"unsplit newer than all splits":          {[]feed.Object{at(whole.Key, 2), split(0, 1), split(1, 1), flag(3)}, false, []int{feed.None}, "complete: "},
		"unsplit between splits":                 {[]feed.Object{at(whole.Key, 1), split(0, 0), split(1, 2), flag(3)}, false, []int{feed.None, 0, 1}, "broken: " + whole.Key + " lies beside splits, and neither is newer than the other"},
		".enc and plain twins, with a key":       {[]feed.Object{whole, enc, flag(1)}, true, []int{feed.None}, "complete: "},
		".enc and plain twins, without a key":    {[]feed.Object{whole, enc, flag(1)}, false, []int{feed.None}, "complete: "},
		".enc without a key":                     {[]feed.Object{enc, flag(1)}, false, []int{feed.None}, "undecodable: " + enc.Key + " is encrypted, and the source has no key for it"},
		"a newer file of the same split":         {[]feed.Object{at(hour5+"reps.jsonl.00", 0), split(0, 1), flag(2)}, false, []int{0}, "complete: "},
		"two files of one split and age":         {[]feed.Object{at(hour5+"reps.jsonl.00", 0), split(0, 0), flag(2)}, false, []int{0, 0}, "broken: " + hour5 + "reps.jsonl.00 and " + split(0, 0).Key + " are of one split and of one age"},
		"feed in the name differs from folder":   {[]feed.Object{at(hour5+"rep_v3.jsonl", 0), flag(1)}, false, []int{feed.None}, "complete: "},
		"empty hour, _SUCCESS only":              {[]feed.Object{flag(1)}, false, nil, "complete: "},
		"data files without _SUCCESS":            {[]feed.Object{whole}, false, []int{feed.None}, "in progress: 1 file is there, _SUCCESS is not"},
		"_success is no _SUCCESS":                {[]feed.Object{whole, at(hour5+"_success", 1)}, false, []int{feed.None}, "in progress: 1 file is there, _SUCCESS is not"},
		"_SUCCESS not empty":                     {[]feed.Object{whole, at(hour5+"_SUCCESS", 1)}, false, []int{feed.None}, "complete: "},
		"more than 99 splits, in numeric order":  {append(hundred, flag(1)), false, count(101), "complete: "},
		"one leaf in the folders hr=05 and hr=5": {[]feed.Object{split(0, 0), at(strings.Replace(split(1, 0).Key, "hr=05", "hr=5", 1), 0), flag(1)}, false, []int{0, 1}, "broken: it lies in two folders: " + hour5 + " and " + strings.Replace(hour5, "hr=05", "hr=5", 1)},
	} {
		t.Run(name, func(t *testing.T) {
			r := feed.Rules{Settle: feed.DefaultSettle, Decrypts: c.decrypt}
			leaves := leavesOf(t, r, c.objects...)
			require.Len(t, leaves, 1)
			var splits []int
			for _, f := range leaves[0].Files {
				splits = append(splits, f.Split)
			}
			require.Equal(t, c.splits, splits)
			state, reason := leaves[0].State(r, noon.Add(2*time.Hour))
			require.Equal(t, c.state, fmt.Sprintf("%s: %s", state, reason))
			others := len(c.objects) - len(leaves[0].Files)
			if leaves[0].Success != nil {
				others--
			}
			require.Len(t, leaves[0].Ignored, others, "what is not read is told")
		})
	}
}

func count(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

func TestTwinsAreNeverBothRead(t *testing.T) {
	objects := []feed.Object{at(hour5+"reps.jsonl.gz", 0), at(hour5+"reps.jsonl.gz.enc", 0), flag(1)}
	for _, decrypts := range []bool{true, false} {
		leaf := leavesOf(t, feed.Rules{Settle: feed.DefaultSettle, Decrypts: decrypts}, objects...)[0]
		require.Len(t, leaf.Files, 1)
		require.Equal(t, decrypts, leaf.Files[0].Encrypted, "prefer .enc if a decryptor exists")
	}
}

func TestAFlagThatIsNotEmptyIsWarnedOf(t *testing.T) {
	leaf := leavesOf(t, rules, at(hour5+"reps.jsonl", 0), at(hour5+"_SUCCESS", 1))[0]
	require.Equal(t, []string{"_SUCCESS is not empty"}, leaf.Warnings)
	require.Empty(t, leavesOf(t, rules, at(hour5+"reps.jsonl", 0), flag(1))[0].Warnings)
}

func TestALeafThatIsBeingRewrittenIsWaitedFor(t *testing.T) {
	leaf := leavesOf(t, rules, at(hour5+"reps.jsonl", 5), flag(1))[0]
	for minutes, want := range map[int]feed.State{6: feed.Rewritten, 14: feed.Rewritten, 15: feed.Complete, 600: feed.Complete} {
		state, _ := leaf.State(rules, noon.Add(time.Duration(minutes)*time.Minute))
		require.Equal(t, want, state, "%d minutes", minutes)
	}
	leaf = leavesOf(t, rules, at(hour5+"reps.jsonl", 5), flag(6))[0]
	state, _ := leaf.State(rules, noon.Add(6*time.Minute))
	require.Equal(t, feed.Complete, state, "_SUCCESS is newer again")
}

func TestALeafOfAStorageWithoutFlagsIsWholeAfterTheRefresh(t *testing.T) {
	unflagged := rules
	unflagged.Refreshed = func(feed.Stamp) time.Time { return noon.Add(time.Hour) }
	leaf := leavesOf(t, unflagged, at(hour5+"reps.jsonl", 55))[0]
	for minutes, want := range map[int]string{
		59: "in progress: its export may go on until 2026-11-20T13:00:00Z",
		60: "in progress: " + hour5 + "reps.jsonl is 5m0s old",
		64: "in progress: " + hour5 + "reps.jsonl is 9m0s old",
		65: "complete: ",
	} {
		state, reason := leaf.State(unflagged, noon.Add(time.Duration(minutes)*time.Minute))
		require.Equal(t, want, fmt.Sprintf("%s: %s", state, reason))
	}
	gap := leavesOf(t, unflagged, split(0, 0), split(2, 0))[0]
	state, _ := gap.State(unflagged, noon.Add(2*time.Hour))
	require.Equal(t, feed.Broken, state)
}

func TestClockSkewTimesOfTheStorageAreComparedWithEachOther(t *testing.T) {
	for _, ahead := range []int{-600, 0, 600} { // of the storage's clock, in minutes
		leaf := leavesOf(t, rules, at(hour5+"reps.jsonl", 5+ahead), flag(1+ahead))[0]
		storage := func(minutes int) time.Time { return noon.Add(time.Duration(minutes+ahead) * time.Minute) }
		state, _ := leaf.State(rules, storage(6))
		require.Equal(t, feed.Rewritten, state)
		state, _ = leaf.State(rules, storage(16))
		require.Equal(t, feed.Complete, state)
	}
}

func TestPrintsChangeWithTheirObjectsOnly(t *testing.T) {
	one := func(o ...feed.Object) string { l := leavesOf(t, rules, o...)[0]; return l.Print() }
	base := one(split(0, 0), split(1, 0), flag(1))
	other := split(1, 0)
	other.Modified = other.Modified.In(time.FixedZone("", 3600))
	require.Equal(t, base, one(split(1, 0), split(0, 0), flag(1)), "order")
	require.Equal(t, base, one(split(0, 0), other, flag(1)), "zone")
	require.Equal(t, base, one(split(0, 0), split(1, 0), flag(1), at(hour5+"readme", 0)), "what is ignored")
	size, etag := split(1, 0), split(1, 0)
	size.Size, etag.ETag = 11, "other"
	for name, objects := range map[string][]feed.Object{
		"a file more": {split(0, 0), split(1, 0), split(2, 0), flag(1)},
		"a file less": {split(0, 0), flag(1)},
		"size":        {split(0, 0), size, flag(1)},
		"ETag":        {split(0, 0), etag, flag(1)},
		"time":        {split(0, 0), split(1, 1), flag(1)},
		"_SUCCESS":    {split(0, 0), split(1, 0), flag(2)},
	} {
		require.NotEqual(t, base, one(objects...), name)
	}
}
