package feedschema

import (
	"context"
	"maps"
	"slices"
	"strings"

	"transporter/internal/fault"
	"transporter/internal/feed"
	"transporter/internal/feed/docs"
)

// CatalogKey is the key by which a release says that rows are told apart, or ranked, as the catalog has it.
const CatalogKey feed.Key = "catalog"

// Key returns what tells the rows of a feed apart by now, and ranks them: the key of the newest change of its primary key
// that was released, and the order of that of its ordering key. Empty: none was, or it was released for the catalog's.
func (b *Book) Key(ctx context.Context, account, source, name, version string) (feed.Key, error) {
	holds, err := b.holds(ctx, account, source, name, version)
	return keyOf(holds), err
}

func keyOf(holds []Hold) (key feed.Key) {
	if r := released(holds, docs.OfPrimaryKey); r != nil {
		key = r.Key
	}
	if r := released(holds, docs.OfOrderingKey); r != nil {
		key = key.RankedBy(r.Order...)
	}
	return key
}

// released returns the release of the newest change of that kind which has one; nil: none has.
func released(holds []Hold, of string) *Release {
	for _, h := range slices.Backward(holds) {
		if _, changes := h.described(of); changes && h.Released != nil {
			return h.Released
		}
	}
	return nil
}

// described returns the columns that a change of that kind brings; false: it is none.
func (h Hold) described(of string) (docs.Names, bool) {
	for _, c := range h.Changes {
		if c.Of == of {
			return docs.NamesOf(c.To), true
		}
	}
	return nil, false
}

// releasedKey returns the key that a release brings: as it is said in it, or as it is described. Every
// column of it must be there, in the description or in rows: one that nowhere is would be null in every row.
func (b *Book) releasedKey(ctx context.Context, account, source string, h Hold, said feed.Key) (feed.Key, error) {
	names, rekeys := h.described(docs.OfPrimaryKey)
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
	if unknown := missing(names, slices.Collect(maps.Keys(known))); len(unknown) > 0 {
		return "", fault.New(fault.InvalidSpec, "the key %s of feed %s names what is no column of it, described or in its rows: %s", names, h.Feed, strings.Join(unknown, ", ")).
			WithField("key").WithFix("say which columns tell its rows apart (--key issue_id,queue_id), or that they stay as the catalog has them (--key %s), or ask the platform to describe it anew", CatalogKey)
	}
	if len(names) == 0 {
		return "", fault.New(fault.InvalidSpec, "feed %s is described without a primary key", h.Feed).
			WithField("key").WithFix("say which columns tell its rows apart (--key issue_id,queue_id), or that they stay as the catalog has them (--key %s)", CatalogKey)
	}
	return feed.KeyOf(names...), nil
}

// releasedOrder returns the order that a release brings, likewise; none: the catalog's. Its columns must be times
// as well: nothing else says which of two rows is the later.
func (b *Book) releasedOrder(ctx context.Context, account, source string, h Hold, said []string) ([]string, error) {
	names, reranks := h.described(docs.OfOrderingKey)
	switch {
	case !reranks && len(said) > 0:
		return nil, fault.New(fault.InvalidSpec, "this change of feed %s is none of its ordering key", h.Feed).WithField("order").WithFix("leave it out")
	case !reranks || slices.Equal(said, []string{string(CatalogKey)}):
		return nil, nil
	case len(said) > 0:
		names = docs.NamesOf(strings.Join(said, ","))
	}
	known, err := b.known(ctx, account, source, h)
	if err != nil {
		return nil, err
	}
	unfit, why := missing(names, slices.Collect(maps.Keys(known))), "what is no column of it, described or in its rows"
	if len(unfit) == 0 {
		unfit, why = slices.DeleteFunc(slices.Clone(names), func(name string) bool { return isTime(name, known[name]) }), "what is no time"
	}
	if len(unfit) > 0 {
		return nil, fault.New(fault.InvalidSpec, "the order %s of feed %s names %s: %s", names, h.Feed, why, strings.Join(unfit, ", ")).
			WithField("order").WithFix("say which times rank its rows, the most telling first (--order end_ts), or that they stay ranked as the catalog has it (--order %s)", CatalogKey)
	}
	return names, nil
}

// isTime reports whether a column has times: as it is described, else by its name.
func isTime(name, declared string) bool {
	return docs.KindOf(declared).Family == "timestamp" || strings.HasSuffix(name, "_ts")
}

// known are the columns of a feed that are described by now, with their types, or that its rows had.
func (b *Book) known(ctx context.Context, account, source string, h Hold) (map[string]string, error) {
	names, err := b.columns(ctx, account, source, h.Feed, h.Version)
	if err != nil {
		return nil, err
	}
	types := map[string]string{}
	for _, name := range names {
		types[name] = ""
	}
	s, err := b.Schema(ctx, account, source, h.Feed, h.Version)
	if err == nil && s.Table != nil {
		for _, c := range s.Table.Columns {
			types[c.Name] = c.Type
		}
	}
	return types, err
}
