package activities

import (
	"context"
	"iter"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/source"
)

// staged gives the renderer the staged streams and counts what it reads of the watched.
type staged struct {
	stage   *Stage
	index   FetchIndex
	pulse   *pulse
	watched string
}

// Records implements transform.Inputs.
func (s staged) Records(ctx context.Context, resource string) iter.Seq2[source.Record, error] {
	for _, stream := range s.index.Streams {
		if stream.Resource == resource {
			return s.counted(resource, s.stage.Records(ctx, stream.Slices))
		}
	}
	return func(yield func(source.Record, error) bool) {
		yield(source.Record{}, fault.New(fault.Corrupt, "resource %s was not staged for this run", resource))
	}
}

// countStep is how many records are rendered between two reports: some a second.
const countStep = 1000

func (s staged) counted(resource string, records iter.Seq2[source.Record, error]) iter.Seq2[source.Record, error] {
	if resource != s.watched {
		return records
	}
	return func(yield func(source.Record, error) bool) {
		n := int64(0)
		for r, err := range records {
			if !yield(r, err) {
				return
			}
			if n++; n%countStep == 0 {
				s.pulse.move(func(c *contract.Cursor) { c.Records = n })
			}
		}
	}
}
