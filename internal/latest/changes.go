package latest

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"slices"

	"transporter/internal/staging"
)

// Change is one key whose winner is another than before. Its bytes are valid until the next.
type Change struct {
	Key []byte
	Was *Row // nil: the key is new
	Now *Row // nil: the key has no row any more
}

// Changes yields the keys of which another row counts after than before, in ascending order. A row
// is another if its bytes are, which are to say where it is from if that matters: of a leaf that was
// exported anew, with the same bytes, nothing has changed, though its rows have other ranks. Sets that
// are in both tables are read once. It ends at the first error. For scratch see Winners; sets that are
// in both tables without other tags are not merged in levels: let there be few of them.
func Changes(ctx context.Context, stage *staging.Stage, scratch string, was, now []Tagged) iter.Seq2[Change, error] {
	return func(yield func(Change, error) bool) {
		t, err := pair(ctx, stage, scratch, was, now)
		defer t.remove(ctx)
		if err == nil {
			err = t.changes(ctx, yield)
		}
		if err != nil && !errors.Is(err, errStop) {
			yield(Change{}, err)
		}
	}
}

// tables are two tables over sets some of which are in both.
type tables struct {
	stage   *staging.Stage
	reduced []*reduced
	sets    []Tagged
	members []member // of the sets, by number
}

// member says in which of the tables a row of a set counts.
type member struct {
	was, now               bool
	wasWithout, nowWithout []int32
}

// pair brings the sets of two tables together, each once.
func pair(ctx context.Context, stage *staging.Stage, scratch string, was, now []Tagged) (*tables, error) {
	t := &tables{stage: stage}
	var both, gone, masked []Tagged
	var masks []member
	added := slices.Clone(now)
	for _, set := range was {
		i := slices.IndexFunc(added, set.sameRows)
		switch {
		case i < 0:
			gone = append(gone, set)
			continue
		case slices.Equal(set.Without, added[i].Without):
			both = append(both, set)
		default:
			masks = append(masks, member{true, true, set.Without, added[i].Without})
			set.Without = nil
			masked = append(masked, set)
		}
		added = slices.Delete(added, i, i+1)
	}
	t.sets, t.members = masked, masks
	room := mostSets - len(masked)
	few := room // of the sets of one table alone
	if len(both)+len(gone)+len(added) > room {
		few = mostSets / 4
	}
	for _, group := range []struct {
		sets []Tagged
		member
		most int
	}{
		{gone, member{was: true}, few},
		{added, member{now: true}, few},
		{both, member{was: true, now: true}, max(few, room-min(few, len(gone))-min(few, len(added)))},
	} {
		few, err := reduce(ctx, stage, scratch, group.sets, group.most, Drop)
		t.reduced = append(t.reduced, few)
		if err != nil {
			return t, err
		}
		for _, set := range few.sets {
			t.sets, t.members = append(t.sets, set), append(t.members, group.member)
		}
	}
	return t, nil
}

// sameRows reports whether both are made of the same objects.
func (t Tagged) sameRows(o Tagged) bool {
	return t.Tag == o.Tag && t.Mixed == o.Mixed && slices.Equal(t.Runs, o.Runs)
}

func (t *tables) remove(ctx context.Context) {
	for _, r := range t.reduced {
		r.remove(ctx)
	}
}

// in reports whether the row counts in the tables.
func (m member) in(tag int32) (was, now bool) {
	return m.was && !slices.Contains(m.wasWithout, tag), m.now && !slices.Contains(m.nowWithout, tag)
}

// changes merges the sets once and compares the winners of every key.
func (t *tables) changes(ctx context.Context, yield func(Change, error) bool) error {
	m, err := t.open(ctx)
	defer m.close()
	if err != nil {
		return err
	}
	var p contenders
	err = m.each(func(top *reader, first bool) error {
		if first {
			if !p.tell(yield) {
				return errStop
			}
			p.begin(top.row.Key)
		}
		was, now := t.members[top.number].in(top.row.Tag)
		return p.take(top, was, now)
	})
	if err == nil && !p.tell(yield) {
		err = errStop
	}
	return err
}

// contenders are the winners of one key, as far as its rows were seen.
type contenders struct {
	key      []byte
	same     bool // one row counts in both tables
	was, now winner
}

// winner is a copy of the row that counts in one of the tables.
type winner struct {
	found bool
	row   Row
}

func (c *contenders) begin(key []byte) {
	c.key = append(c.key[:0], key...)
	c.same, c.was.found, c.now.found = false, false, false
}

// take takes the next row of the key, in descending order of ranks. What it says is only read if
// it matters.
func (c *contenders) take(r *reader, was, now bool) error {
	was, now = was && !c.was.found && !c.same, now && !c.now.found && !c.same
	if was && now {
		c.same = true
		return nil
	}
	if was {
		if err := c.was.copy(r); err != nil {
			return err
		}
	}
	if now {
		return c.now.copy(r)
	}
	return nil
}

func (w *winner) copy(r *reader) error {
	w.found = true
	w.row.Key = append(w.row.Key[:0], r.row.Key...)
	w.row.Rank = append(w.row.Rank[:0], r.row.Rank...)
	w.row.Tag = r.row.Tag
	var err error
	w.row.Raw, err = r.appendRaw(w.row.Raw[:0])
	return err
}

// tell yields the change of the key, if it is one; false ends the reading.
func (c *contenders) tell(yield func(Change, error) bool) bool {
	change := Change{Key: c.key}
	if c.was.found {
		change.Was = &c.was.row
	}
	if c.now.found {
		change.Now = &c.now.row
	}
	switch {
	case c.same, change.Was == nil && change.Now == nil:
		return true
	case change.Was != nil && change.Now != nil && bytes.Equal(change.Was.Raw, change.Now.Raw):
		return true
	}
	return yield(change, nil)
}
