package transform

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"transporter/internal/source"
)

// teller is a fold that says in which of the records that it gives something is counted, and of
// which records before the present one it comes.
type teller interface {
	Tell(told func(id string, from ...string))
}

// folded explains a row of what a fold makes of several records: from the record that it gives,
// and which records are counted in that.
func (f *finder) folded(ctx context.Context, job Job, lookups map[string]*lookup, in Inputs) (trace *Trace, err error) {
	refused := errors.New("no record makes it")
	again, err := newFolding(job, lookups, func(rec source.Record) (err error) {
		if trace != nil {
			return nil
		}
		if err := f.record(rec); err != nil {
			refused = fmt.Errorf("record %s is in quarantine: %w", rec.ID, err)
		}
		if f.found != nil {
			trace, err = f.explain(job, lookups, rec)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	err = eachRecord(ctx, job, in, func(resource string, rec source.Record) {
		if err := again.add(resource, rec); err != nil {
			refused = fmt.Errorf("record %s is in quarantine: %w", rec.ID, err)
		}
	})
	if err != nil {
		return nil, err
	}
	if _, err := again.fold.End(again.take); err != nil {
		return nil, err
	}
	if trace == nil {
		return nil, f.notFound(refused)
	}
	return trace, trace.count(ctx, job, lookups, in)
}

// eachRecord calls add with every record, in the order of a run.
func eachRecord(ctx context.Context, job Job, in Inputs, add func(string, source.Record)) error {
	for _, resource := range append(slices.Clone(job.Also), job.Report.Resource) {
		for rec, err := range in.Records(ctx, resource) {
			if err != nil {
				return fmt.Errorf("read %s: %w", resource, err)
			}
			add(resource, rec)
		}
	}
	return nil
}

// place is where a record is among all that a run reads.
type place struct{ resource, record string }

// count folds twice more: to find the records that are counted in the one that the row is of,
// and to note what is read of them.
func (t *Trace) count(ctx context.Context, job Job, lookups map[string]*lookup, in Inputs) error {
	again, err := newFolding(job, lookups, func(source.Record) error { return nil })
	if err != nil {
		return err
	}
	tells, ok := again.fold.(teller)
	if !ok {
		return nil // it gives records as they came, only changed
	}
	counted := map[place]bool{}
	var current place
	tells.Tell(func(id string, from ...string) {
		if id != t.Record {
			return
		}
		for _, before := range from {
			counted[place{job.Report.Resource, before}] = true
		}
		if current.resource != "" {
			counted[current] = true
		}
	})
	err = eachRecord(ctx, job, in, func(resource string, rec source.Record) {
		current = place{resource, rec.ID}
		_ = again.add(resource, rec) // what cannot be read is named by the first pass
	})
	if err != nil {
		return err
	}
	current = place{}
	if _, err := again.fold.End(again.take); err != nil {
		return err
	}
	t.Counted = len(counted)
	return t.readCounted(ctx, job, lookups, in, counted)
}

// readCounted notes the first maxCounted of the records, and every value that the fold reads.
func (t *Trace) readCounted(ctx context.Context, job Job, lookups map[string]*lookup, in Inputs, counted map[place]bool) error {
	again, err := newFolding(job, lookups, func(source.Record) error { return nil })
	if err != nil {
		return err
	}
	return eachRecord(ctx, job, in, func(resource string, rec source.Record) {
		if !counted[place{resource, rec.ID}] || len(t.CountedIn) == maxCounted {
			_ = again.add(resource, rec)
			return
		}
		read := watch(&again.doc)
		_ = again.add(resource, rec)
		c := Counted{Resource: resource, Record: rec.ID, Order: rec.Order}
		for _, v := range read() {
			c.Read = append(c.Read, Read{At: v.Path(), Value: v.AppendCompact(nil)})
		}
		t.CountedIn = append(t.CountedIn, c)
	})
}
