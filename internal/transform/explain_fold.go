package transform

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"transporter/internal/source"
)

// teller is a fold that says in which of the records that it gives something is counted.
type teller interface {
	Tell(told func(id string))
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

// count folds once more, and notes the records that are counted in the one that the row is of.
func (t *Trace) count(ctx context.Context, job Job, lookups map[string]*lookup, in Inputs) error {
	again, err := newFolding(job, lookups, func(source.Record) error { return nil })
	if err != nil {
		return err
	}
	tells, ok := again.fold.(teller)
	if !ok {
		return nil // it gives records as they came, only changed
	}
	var current, last Counted
	tells.Tell(func(id string) {
		if id != t.Record || current == last {
			return
		}
		last = current
		if t.Counted++; len(t.CountedIn) < maxCounted {
			t.CountedIn = append(t.CountedIn, current)
		}
	})
	return eachRecord(ctx, job, in, func(resource string, rec source.Record) {
		current = Counted{resource, rec.ID}
		_ = again.add(resource, rec) // what cannot be read is named by the first pass
	})
}
