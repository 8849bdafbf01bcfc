package feedschema

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"transporter/internal/fault"
	"transporter/internal/feed"
	"transporter/internal/feed/docs"
)

// lookEvery is how often at most a source's feeds are looked at: the description is made once a day,
// nobody knows at which hour.
const lookEvery = time.Hour

// Ask is what is looked at.
type Ask struct {
	Account, Source string
	Feeds           []string // whose folders version=… are looked at, besides the description of all
	Now             time.Time
}

// Looked is what came of it.
type Looked struct {
	At       time.Time     `json:"at"`
	Object   *feed.Object  `json:"object,omitempty"` // the newest description; nil: none was ever found
	SHA256   string        `json:"sha256,omitempty"`
	Lost     bool          `json:"lost,omitempty"`     // it was not found again
	Feeds    []string      `json:"feeds,omitempty"`    // whose folders were looked at
	Warnings []string      `json:"warnings,omitempty"` // of the newest description, or why the one before stays in force
	Changes  []docs.Change `json:"-"`                  // that this call found first

	SyncTimes map[string]string `json:"syncTimes,omitempty"` // of the description in force, by syncKey
}

// Look compares what the platform says of its feeds today with what it said before, and notes what
// changed. Within an hour of another look at these feeds it does nothing but return that. A description that is missing
// or unreadable today is a warning, the one before stays in force. It is safe to repeat, and for any
// number of workers at once: each change is noted once. Errors are those of the door and the store.
func (b *Book) Look(ctx context.Context, door feed.Door, ask Ask) (Looked, error) {
	var seen Looked
	key := folder(ask.Account, ask.Source) + "seen"
	found, err := b.records.Get(ctx, key, &seen)
	more := missing(ask.Feeds, seen.Feeds)
	if err != nil || found && len(more) == 0 && ask.Now.Sub(seen.At) < lookEvery {
		return seen, err
	}
	l := look{book: b, door: door, ask: ask, out: seen}
	l.out.At, l.out.Feeds = ask.Now.UTC(), slices.Concat(seen.Feeds, more)
	if err := l.describe(ctx); err != nil {
		return l.out, err
	}
	if err := l.versions(ctx); err != nil {
		return l.out, err
	}
	return l.out, b.records.Put(ctx, key, l.out)
}

// look is one comparison.
type look struct {
	book *Book
	door feed.Door
	ask  Ask
	out  Looked
}

// describe reads the newest description, unless that is the one read before.
func (l *look) describe(ctx context.Context) error {
	var known feed.Object
	if l.out.Object != nil {
		known = *l.out.Object
	}
	o, err := find(ctx, l.door, known, l.ask.Now)
	lost := l.out.Lost
	l.out.Lost = false
	switch {
	case fault.Is(err, fault.PermissionDenied): // the credentials may be good for the feeds alone
		l.out.Lost, l.out.Warnings = true, []string{err.Error()}
		return nil
	case err != nil:
		return err
	case o == nil:
		l.out.Lost, l.out.Warnings = true, []string{"there is no " + docs.Name + " to be found: what was described before stays in force"}
		return nil
	case !lost && same(*o, known), l.out.Object != nil && newer(known, *o):
		return nil
	}
	text, err := l.read(ctx, *o)
	if fault.Is(err, fault.Conflict) {
		return nil // written again meanwhile: the next look reads it
	}
	if err != nil {
		return err
	}
	after, warnings, err := docs.Parse(text)
	l.out.Object, l.out.Warnings = o, warnings
	if fault.Is(err, fault.SchemaMismatch) {
		l.out.Warnings = []string{o.Key + ": " + err.Error()}
		return nil
	}
	if err != nil {
		return err
	}
	sum := sha256.Sum256(text)
	l.out.SHA256 = hex.EncodeToString(sum[:])
	l.out.SyncTimes = map[string]string{}
	for _, t := range after.Tables {
		l.out.SyncTimes[syncKey(t.Name, t.Version)] = t.SyncTime
	}
	return l.compare(ctx, *o, text, after)
}

func syncKey(feed, version string) string { return feed + "/" + version }

func (l *look) read(ctx context.Context, o feed.Object) (text []byte, err error) {
	src, err := l.door.Open(ctx, o)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, src.Close()) }()
	return io.ReadAll(io.LimitReader(src, docs.MaxBytes+1))
}

// compare notes how the description differs from the one in force, and lets it take over.
func (l *look) compare(ctx context.Context, o feed.Object, text []byte, after docs.Document) error {
	a := l.ask
	e, err := l.book.add(ctx, a.Account, a.Source, func(last entry) (*entry, error) {
		if newer(last.Object, o) {
			return nil, nil // another worker was here with a newer one
		}
		e := &entry{At: a.Now.UTC(), Object: o, SHA256: l.out.SHA256, Versions: last.Versions}
		if last.SHA256 != "" {
			before, err := l.book.document(ctx, a.Account, a.Source, last.SHA256)
			if err != nil {
				return nil, err
			}
			if e.Changes = docs.Diff(before, after); len(e.Changes) == 0 {
				return nil, nil
			}
		}
		return e, l.book.keep(ctx, a.Account, a.Source, e.SHA256, text)
	})
	if e != nil {
		l.out.Changes = append(l.out.Changes, e.Changes...)
	}
	return err
}

// versions notes folders version=… that are new beside those seen before.
func (l *look) versions(ctx context.Context) error {
	found := map[string][]string{}
	for _, name := range l.out.Feeds {
		for sub, err := range l.door.Folders(ctx, name+"/") {
			if fault.Is(err, fault.PermissionDenied) {
				break // who fetches the feed says so
			}
			if err != nil {
				return err
			}
			if v, ok := strings.CutPrefix(sub, "version="); ok {
				found[name] = append(found[name], v)
			}
		}
	}
	e, err := l.book.add(ctx, l.ask.Account, l.ask.Source, func(last entry) (*entry, error) {
		e := &entry{At: l.ask.Now.UTC(), Object: last.Object, SHA256: last.SHA256, Versions: maps.Clone(last.Versions)}
		news := false
		for _, name := range slices.Sorted(maps.Keys(found)) {
			known := last.Versions[name]
			more := missing(found[name], known)
			for _, v := range more {
				if len(known) > 0 { // else it is the first look at this feed
					e.Changes = append(e.Changes, docs.NewVersion(name, v))
				}
			}
			if len(more) > 0 {
				if news = true; e.Versions == nil {
					e.Versions = map[string][]string{}
				}
				e.Versions[name] = append(slices.Clone(known), more...)
			}
		}
		if !news {
			return nil, nil
		}
		return e, nil
	})
	if e != nil {
		l.out.Changes = append(l.out.Changes, e.Changes...)
	}
	return err
}

func same(a, b feed.Object) bool {
	return a.Key == b.Key && a.ETag == b.ETag && a.Size == b.Size && a.Modified.Equal(b.Modified)
}
