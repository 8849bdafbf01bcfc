package feedschema

import (
	"cmp"
	"context"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"transporter/internal/feed"
	"transporter/internal/feed/docs"
)

const (
	// settle is how old a description without _SUCCESS beside it must be to count as written to its end.
	settle = 10 * time.Minute
	// stale is how long no newer description may come to the folder of the one before until it is looked
	// for everywhere: it is made each day.
	stale = 36 * time.Hour
	// deepest is how many folders without a date lie in each other at most: SUB/FEED/version=/format=.
	deepest = 6
	// newestDates is how many dates of a folder are looked into.
	newestDates = 2
)

var date = regexp.MustCompile(`(?:^|/)dt=(\d{4}-\d\d-\d\d)/`)

// find returns the newest description behind the door, nil if there is none. known is the one found
// last time, zero for none: where it lay is looked first.
func find(ctx context.Context, door feed.Door, known feed.Object, now time.Time) (*feed.Object, error) {
	f := finder{door: door, now: now}
	if at := date.FindStringIndex(known.Key); at != nil {
		home := strings.TrimPrefix(known.Key[:at[0]]+"/", "/")
		if err := f.dates(ctx, home); err != nil {
			return nil, err
		}
		if f.best != nil && (newer(*f.best, known) || now.Sub(f.best.Modified) < stale) {
			return f.best, nil
		}
	}
	err := f.search(ctx, "", 0)
	return f.best, err
}

// finder looks for the newest description.
type finder struct {
	door feed.Door
	now  time.Time
	best *feed.Object
}

// search looks through a folder ("" or one that ends with a slash).
func (f *finder) search(ctx context.Context, folder string, depth int) error {
	if err := f.list(ctx, folder+docs.Name); err != nil {
		return err
	}
	dated := false
	for name, err := range f.door.Folders(ctx, folder) {
		if err != nil {
			return err
		}
		if strings.HasPrefix(name, "dt=") {
			dated = true
		} else if depth < deepest {
			if err := f.search(ctx, folder+name+"/", depth+1); err != nil {
				return err
			}
		}
	}
	if !dated {
		return nil
	}
	return f.dates(ctx, folder)
}

// dates looks through the newest dates of a folder.
func (f *finder) dates(ctx context.Context, folder string) error {
	var days []string
	for name, err := range f.door.Folders(ctx, folder) {
		if err != nil {
			return err
		}
		if strings.HasPrefix(name, "dt=") {
			days = append(days, name)
		}
	}
	slices.Sort(days)
	for _, day := range days[max(0, len(days)-newestDates):] {
		if err := f.list(ctx, folder+day+"/"); err != nil {
			return err
		}
	}
	return nil
}

// list takes the newest description below a prefix that is written to its end.
func (f *finder) list(ctx context.Context, prefix string) error {
	var found []feed.Object
	flags := map[string]bool{}
	for o, err := range f.door.List(ctx, prefix) {
		if err != nil {
			return err
		}
		switch path.Base(o.Key) {
		case docs.Name:
			found = append(found, o)
		case "_SUCCESS":
			flags[path.Dir(o.Key)] = true
		}
	}
	for _, o := range found {
		whole := flags[path.Dir(o.Key)] || f.now.Sub(o.Modified) >= settle
		if whole && (f.best == nil || newer(o, *f.best)) {
			f.best = &o
		}
	}
	return nil
}

// newer orders descriptions by the date in their keys, then by when they were written.
func newer(a, b feed.Object) bool {
	return cmp.Or(cmp.Compare(dateOf(a.Key), dateOf(b.Key)), a.Modified.Compare(b.Modified), cmp.Compare(a.Key, b.Key)) > 0
}

func dateOf(key string) string {
	if m := date.FindStringSubmatch(key); m != nil {
		return m[1]
	}
	return ""
}
