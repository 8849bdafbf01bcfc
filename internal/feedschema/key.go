package feedschema

import (
	"context"
	"slices"
	"strings"

	"transporter/internal/fault"
	"transporter/internal/feed"
	"transporter/internal/feed/docs"
)

// CatalogKey is the key by which a release says that rows are told apart as the catalog has it.
const CatalogKey feed.Key = "catalog"

// Key returns what tells the rows of a feed apart by now: the key of the newest change of its primary key
// that was released. Empty: none was, or it was released for the catalog's.
func (b *Book) Key(ctx context.Context, account, source, name, version string) (feed.Key, error) {
	holds, err := b.holds(ctx, account, source, name, version)
	return keyOf(holds), err
}

func keyOf(holds []Hold) feed.Key {
	for _, h := range slices.Backward(holds) {
		if _, rekeys := h.primaryKey(); rekeys && h.Released != nil {
			return h.Released.Key
		}
	}
	return ""
}

// primaryKey returns the key that the change brings, as it is described; false: it leaves the key alone.
func (h Hold) primaryKey() (docs.Names, bool) {
	for _, c := range h.Changes {
		if c.Of == docs.OfPrimaryKey {
			return docs.NamesOf(c.To), true
		}
	}
	return nil, false
}

// releasedKey returns the key that a release brings: as it is said in it, or as it is described. Every
// column of it must be there, in the description or in rows: one that nowhere is would be null in every row.
func (b *Book) releasedKey(ctx context.Context, account, source string, h Hold, said feed.Key) (feed.Key, error) {
	names, rekeys := h.primaryKey()
	switch {
	case !rekeys && said != "":
		return "", fault.New(fault.InvalidSpec, "this change of feed %s is none of its primary key", h.Feed).WithField("key").WithFix("leave it out")
	case !rekeys || said == CatalogKey:
		return "", nil
	case said != "":
		names = docs.NamesOf(string(said))
	}
	known, err := b.known(ctx, account, source, h)
	if err != nil {
		return "", err
	}
	if unknown := missing(names, known); len(unknown) > 0 {
		return "", fault.New(fault.InvalidSpec, "the key %s of feed %s names what is no column of it, described or in its rows: %s", names, h.Feed, strings.Join(unknown, ", ")).
			WithField("key").WithFix("say which columns tell its rows apart (--key issue_id,queue_id), or that they stay as the catalog has them (--key %s), or ask the platform to describe it anew", CatalogKey)
	}
	if len(names) == 0 {
		return "", fault.New(fault.InvalidSpec, "feed %s is described without a primary key", h.Feed).
			WithField("key").WithFix("say which columns tell its rows apart (--key issue_id,queue_id), or that they stay as the catalog has them (--key %s)", CatalogKey)
	}
	return feed.KeyOf(names...), nil
}

// known are the columns of a feed that are described by now, or that its rows had.
func (b *Book) known(ctx context.Context, account, source string, h Hold) ([]string, error) {
	names, err := b.columns(ctx, account, source, h.Feed, h.Version)
	if err != nil {
		return nil, err
	}
	s, err := b.Schema(ctx, account, source, h.Feed, h.Version)
	if err == nil && s.Table != nil {
		for _, c := range s.Table.Columns {
			names = append(names, c.Name)
		}
	}
	return names, err
}
