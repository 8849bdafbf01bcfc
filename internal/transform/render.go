// Package transform renders source records as the files of a report: streaming, in
// canonical order, in parts, the same bytes for the same records and joins.
package transform

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"

	"transporter/internal/fault"
	"transporter/internal/feed"
	"transporter/internal/report"
	"transporter/internal/source"
	"transporter/internal/task"
)

// Job says what to render. From and To are the run's window in epoch milliseconds UTC;
// Zone is the one that times are written in. SplitEntries overrides the report's number
// of source records per part; zero keeps it.
type Job struct {
	Report       *report.Definition
	Params       map[string]json.RawMessage
	Format       string
	Formatting   task.Formatting
	AccountID    string
	From, To     int64
	Zone         *time.Location
	SplitEntries int
	Also         []string  // of the report's further resources those that were read, in its order
	State        []byte    // of a stateful report: what the window before left; nil if nothing is known
	Track        *Tracking // of rows from one revision to the next; nil: rows are not tracked
	Earlier      Inputs    // of report.ModeChanges: the snapshot before; nil if there is none
	Accepted     []string  // what may be left out, by the names in Result.Quarantined
	Key          feed.Key  // of a feed: what its rows are told apart by; empty: as the report says
	EarlierKey   feed.Key  // likewise, of Earlier
	Room         int64     // bytes of memory that lookups may hold; zero: as is usual

	drift    *drift                      // of the source's records; nil: none is looked for
	withheld func(source.Record, string) // is told of records to look up that are not there, and why; nil: nobody
}

// folded are the further resources that the fold takes.
func (j Job) folded() []string {
	if j.Report.Fold != "" {
		return j.Also
	}
	return nil
}

// lookedUp are the further resources that columns look up.
func (j Job) lookedUp() (names []string) {
	for _, name := range j.Also {
		if j.Report.Fold == "" && j.Report.Beside(name) == nil {
			names = append(names, name)
		}
	}
	return names
}

// beside are the further resources whose records are a file of their own.
func (j Job) beside() (list []*report.Also) {
	for _, name := range j.Also {
		if a := j.Report.Beside(name); a != nil {
			list = append(list, a)
		}
	}
	return list
}

// Inputs gives the staged records of a resource in canonical order (Order, then ID),
// each once. Record.Raw is read before the next one is asked for.
type Inputs interface {
	Records(ctx context.Context, resource string) iter.Seq2[source.Record, error]
}

// PartSink takes the parts, numbered from 1, one after another.
type PartSink interface {
	Create(ctx context.Context, part int) (PartWriter, error)
}

// PartWriter takes the body of one part: the file without its envelope (see Envelope).
type PartWriter interface {
	io.Writer
	Commit(ctx context.Context, info PartInfo) error
	Abort()
}

// PartInfo describes a finished part: Of is the second file that it is of, empty for the report's own
// records, which come first; Entries are the source records in it, or what a fold
// made of them, Tail the bytes at the end of its body that the envelope writes anew (the
// footer of Parquet).
type PartInfo struct {
	Part    int
	Of      string
	Entries int64
	Rows    int64
	Tail    int64
}

// Result counts what was rendered.
type Result struct {
	Parts       int
	Entries     int64 // source records read: those in parts and those in quarantine
	Rows        int64
	Held        int64        // rows that there are; of report.ModeChanges also those that are not told, without those that were removed
	Refused     int64        // records in quarantine
	Left        int64        // those of them that are not accepted
	Quarantined []Quarantine // what to accept those by, at most maxQuarantine
	Unnamed     int64        // those that there was no room to name
	Replaced    int64        // characters written as another: broken ones of the source, and those that the format cannot hold
	State       []byte       // of a stateful report: what the window after this goes on from

	Columns []string // those of the report that the files have, as they call them, in order; nil of records as they are

	Drift []string // members that no column is made of and nobody has described, the first maxDrift, by name
}

// Render writes every record of the report's resource as the parts of one file set, in
// the order in which Inputs gives them, and after them those of its second files; there is always a part 1, without rows if there
// are no records. The same records and joins give the same bytes.
//
// A record that breaks a rule of the report (a value that must not be null, a number
// that is none, JSON that cannot be read) is left out whole and named in the result:
// the run that asked is incomplete unless that is accepted. Of a partition of a feed with
// more than mostNamed, all lines have one name, and all rows another. Records out of order or there twice are
// fault.Corrupt. On an error no further part is committed, and the open one is aborted;
// calling again with the same inputs makes the same parts.
func Render(ctx context.Context, job Job, in Inputs, sink PartSink) (res Result, err error) {
	if err := check(job); err != nil {
		return res, err
	}
	held := newQuarantine(job)
	defer held.close(&res)
	job.withheld = func(rec source.Record, why string) { _ = res.take(held, &badValue{"", why}, rec, rec.ID) }
	lookups, err := loadLookups(ctx, job, in)
	if err != nil {
		return res, err
	}
	job = job.spread(lookups)
	job.drift = newDrift(job)
	since, err := newChanges(ctx, job)
	if err != nil {
		return res, err
	}
	r, err := newRenderer(job, lookups, since)
	if err != nil {
		return res, err
	}
	p := &parts{ctx: ctx, sink: sink, renderer: r, split: int64(job.SplitEntries), sparse: job.Track != nil && job.Track.Only}
	defer r.tracker().close()
	if p.split == 0 {
		p.split = int64(job.Report.Split)
	}
	defer p.abort()
	p.begin()
	if err := res.renderAll(ctx, job, lookups, since, in, p, held); err != nil {
		return res, err
	}
	if err := p.finish(); err != nil {
		return res, err
	}
	res.Columns, res.Drift = r.columns(), job.drift.list()
	if res.Parts, res.Rows = p.done.Part, p.done.Rows; since == nil {
		res.Held = res.Rows
	}
	return res, nil
}

func check(job Job) error {
	switch {
	case job.Report == nil || job.Zone == nil:
		return fault.New(fault.InvalidSpec, "render: report and zone are required")
	case !job.Report.Allows(job.Format):
		return fault.New(fault.InvalidSpec, "%s is not written as %q", job.Report.ID, job.Format).
			WithField("format").WithFix("use one of %s", strings.Join(job.Report.Formats, ", "))
	case job.SplitEntries < 0:
		return fault.New(fault.InvalidSpec, "%d records a part", job.SplitEntries).
			WithField("parts.entries").WithFix("use 1 or more, or leave it out")
	}
	return job.Report.CheckParameters(job.Params)
}

func (res *Result) renderAll(ctx context.Context, job Job, lookups map[string]*lookup, since *changes, in Inputs, p *parts, held *quarantine) error {
	add, replaced, name := p.add, p.renderer.replaced, nameOf(job)
	take := func(err error, rec source.Record) error { return res.take(held, err, rec, name(rec)) }
	write := func(rec source.Record) error { // what a fold made
		err := p.add(rec)
		res.Replaced += int64(p.renderer.replaced())
		return res.take(held, err, rec, rec.ID)
	}
	folded, err := newFolding(job, lookups, write)
	if err != nil {
		return err
	}
	if folded != nil {
		add = func(rec source.Record) error { return folded.add(job.Report.Resource, rec) }
		replaced = folded.doc.Replaced
	}
	for _, also := range job.folded() {
		add := func(rec source.Record) error { return folded.add(also, rec) }
		if err := res.readAll(ctx, in, also, take, add, replaced); err != nil {
			return err
		}
	}
	if since != nil {
		defer since.close()
		since.render = p.add
		since.refuse = take
		add = since.add
	}
	if err := res.readAll(ctx, in, job.Report.Resource, take, add, replaced); err != nil {
		return err
	}
	if since != nil {
		res.Held = since.held
		return since.rest()
	}
	if folded != nil {
		if res.State, err = folded.fold.End(write); err != nil {
			return err
		}
	}
	if err := res.renderBeside(ctx, job, in, p, take); err != nil {
		return err
	}
	return p.renderer.tracker().removed(p.addRemoved)
}

// renderBeside renders the second files: parts after those of the report's own records, of which no
// part holds records of two kinds.
func (res *Result) renderBeside(ctx context.Context, job Job, in Inputs, p *parts, take func(error, source.Record) error) error {
	own, raw := p.renderer.(*raw)
	for _, also := range job.beside() {
		if !raw {
			return fault.New(fault.SchemaMismatch, "report %s: only raw reports have a second file", job.Report.Ref())
		}
		if err := p.finish(); err != nil {
			return err
		}
		p.renderer, p.of = own.beside(also), also.File
		p.begin()
		if err := res.readAll(ctx, in, also.Resource, take, p.add, p.renderer.replaced); err != nil {
			return err
		}
	}
	return nil
}

// readAll adds every record of the resource.
func (res *Result) readAll(ctx context.Context, in Inputs, resource string, take func(error, source.Record) error, add func(source.Record) error, replaced func() int) error {
	var last source.Record
	first := true
	for rec, err := range in.Records(ctx, resource) {
		if err != nil {
			return fmt.Errorf("read %s: %w", resource, err)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if !first && !before(last, rec) {
			return fault.New(fault.Corrupt, "staged record %s is out of order or there twice", rec.ID)
		}
		last.Order, last.ID, first = rec.Order, rec.ID, false
		res.Entries++
		if err := add(rec); err != nil {
			if err = take(err, rec); err != nil {
				return err
			}
		}
		res.Replaced += int64(replaced())
	}
	return nil
}

// nameOf returns how a record is named that no row is written for.
func nameOf(job Job) func(source.Record) string {
	if job.Report.Feed != nil {
		return linePlace
	}
	return func(rec source.Record) string { return rec.ID }
}

// take turns a bad value into an entry of the quarantine and passes other errors on.
func (res *Result) take(held *quarantine, err error, rec source.Record, id string) error {
	bad, ok := asBadValue(err)
	if !ok {
		return err
	}
	res.Refused++
	held.add(rec, Quarantine{RecordID: id, Reason: bad.reason, Column: bad.column})
	return nil
}
