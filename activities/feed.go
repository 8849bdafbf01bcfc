package activities

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/feed"
	"transporter/internal/feedbook"
	"transporter/internal/report"
	"transporter/internal/source"
	"transporter/internal/task"
)

// feedWeight is what reading a leaf holds: the rows that are being sorted, as many again while they
// are staged, and a line of usual size of each file that is read beside others (withLineRoom).
const feedWeight = 96 << 20

// rereads is how often a window is listed again because a leaf changed while it was read.
const rereads = 3

// openExports opens the place that the plan's feed is read from.
func (a *Run) openExports(ctx context.Context, plan *Plan) (source.Exports, error) {
	s, err := a.sourceOf(ctx, plan)
	if err != nil {
		return nil, err
	}
	return a.Exporters.Exports(ctx, plan.Delivery.Account, s)
}

// tableOf is the table that a task reads, as it is kept for all tasks of the source that rank its
// rows alike; its rows are told apart by what Holds.Key says.
func tableOf(account string, spec task.Spec, def *report.Definition) feedbook.Table {
	return feedbook.Table{
		Account: account, Source: spec.Source, Report: def.ID,
		Dedupe: def.FeedDedupe(spec.Parameters), Version: def.FeedVersion(spec.Parameters),
	}
}

// fetchFeed reads the leaves of the window that were not read as they are now: each once, whoever
// asks for it. What changes while it is read is read again.
func (a *Run) fetchFeed(ctx context.Context, plan *Plan, q question, pulse *pulse) (index FetchIndex, err error) {
	err = a.withLineRoom(ctx, func(room func(bytes int64) error) (err error) {
		q.query.Room = room
		index, err = a.readFeed(ctx, plan, q, pulse)
		return err
	})
	return index, err
}

func (a *Run) readFeed(ctx context.Context, plan *Plan, q question, pulse *pulse) (index FetchIndex, err error) {
	key, err := a.feedKey(ctx, plan, q.def)
	if err != nil {
		return index, err
	}
	before, err := a.readBefore(ctx, plan, &q)
	if err != nil {
		return index, err
	}
	r, err := a.feedReader(ctx, plan, q, key, pulse)
	if err != nil {
		return index, err
	}
	listed, err := r.src.Leaves(ctx, r.query)
	if err != nil {
		return index, err
	}
	for range rereads {
		var lost []unread
		if index.Leaves, lost, err = r.read(ctx, listed); err != nil {
			return index, err
		}
		gone, doubt, err := r.kept(ctx, plan, index.Leaves, before)
		if err != nil {
			return index, err
		}
		r.query.Taken = taken(lost, gone)
		if index.Silent, index.Missing, err = r.src.Silent(ctx, r.query); err != nil {
			return index, err
		}
		now, err := r.src.Leaves(ctx, r.query)
		if err != nil {
			return index, err
		}
		if slices.Equal(prints(listed), prints(now)) {
			if index.Without, err = r.without(ctx, plan, lost); err != nil {
				return index, err
			}
			if err = r.ask(ctx, plan, doubt); err != nil {
				return index, err
			}
			return index, r.whole(ctx, plan, &index, readable(now, lost), gone)
		}
		listed = now
	}
	return index, fault.New(fault.Conflict, "the partitions of the window changed %d times while they were read", rereads).
		WithFix("nothing: the step is tried again")
}

// whole compares what was read with what else is known of it, and says what of the window is not there.
func (r *feedReader) whole(ctx context.Context, plan *Plan, index *FetchIndex, listed []feed.Leaf, gone []leafBefore) (err error) {
	if err = r.silent(ctx, plan, index.Silent); err != nil {
		return err
	}
	if index.Note, err = r.reconcile(ctx, plan, listed, index.Leaves); err != nil {
		return err
	}
	index.Note = joined(index.Note, noteOf(gone))
	index.Leaves, err = r.withGone(ctx, index.Leaves, gone)
	return err
}

// taken is what the leaves count for that cannot be read, or are part of the window though they are not among those
// that were read.
func taken(lost []unread, gone []leafBefore) map[feed.Stamp]feed.State {
	all := map[feed.Stamp]feed.State{}
	for i := range lost {
		all[lost[i].Stamp] = lost[i].state()
	}
	for i := range gone {
		all[gone[i].Stamp] = feed.Complete
	}
	return all
}

func prints(leaves []feed.Leaf) []string {
	all := make([]string, len(leaves))
	for i := range leaves {
		all[i] = leaves[i].Print()
	}
	return all
}

// feedReader returns what reads the leaves of the plan's window, their rows told apart by the key.
func (a *Run) feedReader(ctx context.Context, plan *Plan, q question, key feed.Key, pulse *pulse) (*feedReader, error) {
	src, err := a.openExports(ctx, plan)
	if err != nil {
		return nil, err
	}
	r := &feedReader{Run: a, src: src, query: q.query, table: tableOf(plan.Delivery.Account, plan.Spec, q.def), pulse: pulse, company: plan.PlatformAccount}
	r.query.Key, r.table.Key = key, key
	return r, nil
}

// feedReader reads the leaves of one window.
type feedReader struct {
	*Run

	src   source.Exports
	query source.Query
	table feedbook.Table
	pulse *pulse

	company string // that the source is said to be of
}

// read returns the leaves as they are read, and those that cannot be.
func (r *feedReader) read(ctx context.Context, leaves []feed.Leaf) (rows []feedbook.Leaf, lost []unread, err error) {
	r.pulse.move(func(c *contract.Cursor) {
		*c = contract.Cursor{Resource: r.query.Resource, OfSlices: len(leaves), Waits: c.Waits}
	})
	for i := range leaves {
		row, err := r.leaf(ctx, &leaves[i])
		if errors.Is(err, feed.ErrUndecodable) || errors.Is(err, feed.ErrDamaged) {
			lost = append(lost, unread{leaves[i], err})
			continue
		} else if err != nil {
			return nil, nil, err
		}
		rows = append(rows, *row)
		r.pulse.move(func(c *contract.Cursor) {
			c.Slices, c.Records, c.Bytes = c.Slices+1, c.Records+row.Lines, c.Bytes+row.Bytes
		})
	}
	return rows, lost, nil
}

func (r *feedReader) leaf(ctx context.Context, l *feed.Leaf) (*feedbook.Leaf, error) {
	if row, err := r.Feeds.Leaf(ctx, r.table, l); row != nil || err != nil {
		return row, err
	}
	return r.Feeds.Stage(ctx, r.table, l, func(add func(context.Context, source.Record) error) (source.LeafCounts, error) {
		counts, err := r.src.Read(ctx, r.query, *l, add)
		if err == nil {
			err = r.Feeds.Own(ctx, feedbook.Owner{Account: r.table.Account, Source: r.table.Source, Declared: r.company}, counts.Company)
		}
		return counts, err
	})
}

// feedQuery adds what the source must know of the task beside the window.
func feedQuery(q *source.Query, def *report.Definition, params map[string]json.RawMessage) {
	q.Params = map[string]json.RawMessage{
		report.ParamDedupe: quoted(def.FeedDedupe(params)), report.ParamFeedVersion: quoted(def.FeedVersion(params)),
	}
}

func quoted(text string) json.RawMessage {
	b, _ := json.Marshal(text) // a text always has a form
	return b
}

// summariseFeed counts the leaves of the window.
func (a *Run) summariseFeed(ctx context.Context, index FetchIndex, def *report.Definition, prefix string) (out contract.FetchOut, err error) {
	c := index.received(def)
	out = contract.FetchOut{SourceTotal: c.Total, Fetched: c.Fetched, Kept: c.Kept, Duplicates: c.Duplicates, Calls: c.Calls, Slices: len(index.Leaves), Note: index.note()}
	for _, l := range index.Leaves {
		out.Bytes += l.Bytes
	}
	out.Index, err = a.Stage.PutJSON(ctx, prefix+"/index", index)
	return out, err
}
