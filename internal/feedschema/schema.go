package feedschema

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"

	"transporter/internal/feed"
	"transporter/internal/feed/docs"
)

// Schema is what is known of one feed.
type Schema struct {
	Looked   *Looked     // the newest look at the source's description; nil: there was none yet
	Table    *docs.Table // as the description in force has it; nil: it does not describe the feed
	Versions []string    // folders version=… that were seen
	Data     []docs.Change
	History  []Dated  // newest first
	Holds    []Hold   // oldest first, also released ones
	Key      feed.Key // what tells its rows apart by now, see Book.Key
}

// Dated is a change with when it was noticed.
type Dated struct {
	At     time.Time   `json:"at"`
	Change docs.Change `json:"change"`
}

// Schema returns what is known of a feed.
func (b *Book) Schema(ctx context.Context, account, source, name, version string) (s Schema, err error) {
	var seen Looked
	found, err := b.records.Get(ctx, folder(account, source)+"seen", &seen)
	if err != nil {
		return s, err
	}
	if found {
		s.Looked = &seen
	}
	all, err := b.entries(ctx, account, source)
	if err != nil || len(all) == 0 {
		return s, err
	}
	last := all[len(all)-1]
	s.Versions = last.Versions[name]
	for _, e := range slices.Backward(all) {
		for _, c := range e.Changes {
			if c.Feed == name && (c.Version == version || c.Of == docs.OfVersion) {
				s.History = append(s.History, Dated{e.At, c})
			}
		}
	}
	s.Holds, err = b.holds(ctx, account, source, name, version)
	if s.Key = keyOf(s.Holds); err != nil || last.SHA256 == "" {
		return s, err
	}
	d, err := b.document(ctx, account, source, last.SHA256)
	if err != nil {
		return s, err
	}
	if s.Table = d.Table(name, version); s.Table == nil {
		return s, nil
	}
	columns, err := b.columns(ctx, account, source, name, version)
	if len(columns) > 0 {
		s.Data = s.Table.Data(columns)
	}
	return s, err
}

// Cadence returns how often the platform says by now that it exports a feed; false if it does not say
// so in a way that is understood.
func (b *Book) Cadence(ctx context.Context, account, source, name, version string) (feed.Cadence, bool, error) {
	var seen Looked
	if _, err := b.records.Get(ctx, folder(account, source)+"seen", &seen); err != nil {
		return "", false, err
	}
	cadence, ok := feed.ReadCadence(seen.SyncTimes[syncKey(name, version)])
	return cadence, ok, nil
}

// Saw notes which columns the data of a feed have, for the comparison with those described. Each is
// written once.
func (b *Book) Saw(ctx context.Context, account, source, feed, version string, columns []string) error {
	prefix := columnsPrefix(account, source, feed, version)
	known := map[string]bool{}
	for info, err := range b.store.List(ctx, prefix) {
		if err != nil {
			return err
		}
		known[info.Key] = true
	}
	for _, name := range columns {
		sum := sha256.Sum256([]byte(name)) // a column's name may have any characters
		key := prefix + hex.EncodeToString(sum[:8])
		if known[key] || len(known) >= maxColumns {
			continue
		}
		known[key] = true
		if _, err := b.records.PutIfAbsent(ctx, key, name); err != nil {
			return err
		}
	}
	return nil
}

// maxColumns bounds what is noted of data whose members have ever new names; tables have 72 at most.
const maxColumns = 1000

func (b *Book) columns(ctx context.Context, account, source, feed, version string) (names []string, err error) {
	for info, err := range b.store.List(ctx, columnsPrefix(account, source, feed, version)) {
		if err != nil {
			return nil, err
		}
		var name string
		if _, err := b.records.Get(ctx, info.Key, &name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, nil
}

func columnsPrefix(account, source, feed, version string) string {
	return folder(account, source) + "columns/" + feed + "~" + version + "~"
}

// Text returns the description in force as it came, nil if there is none.
func (b *Book) Text(ctx context.Context, account, source string) ([]byte, error) {
	all, err := b.entries(ctx, account, source)
	if err != nil || len(all) == 0 || all[len(all)-1].SHA256 == "" {
		return nil, err
	}
	return b.text(ctx, account, source, all[len(all)-1].SHA256)
}
