package activities

import (
	"slices"
	"time"

	"transporter/internal/fault"
	"transporter/internal/feed"
	"transporter/internal/feedbook"
	"transporter/internal/report"
	"transporter/internal/source"
	"transporter/internal/staging"
)

// FetchIndex lists what was staged of one window, by resource.
type FetchIndex struct {
	Streams []Stream  `json:"streams"`
	Read    time.Time `json:"read,omitzero"` // when all was read; of reports whose snapshots are kept

	Leaves []feedbook.Leaf `json:"leaves,omitempty"` // of feeds: what the window is made of
	Silent feed.Windows    `json:"silent,omitempty"` // of feeds: of which parts of the window nothing was exported
	Note   string          `json:"note,omitempty"`   // of feeds: what could not be compared, and why
}

// Stream is the staged form of one resource: slices in canonical order.
type Stream struct {
	Resource string                `json:"resource"`
	Slices   []staging.SliceCommit `json:"slices"`
}

// records is the stream of the report's own resource, after all others.
func (i FetchIndex) records() Stream { return i.Streams[len(i.Streams)-1] }

// also are the report's further resources that were read.
func (i FetchIndex) also(def *report.Definition) (names []string) {
	for _, s := range i.Streams {
		if slices.ContainsFunc(def.Also, func(a report.Also) bool { return a.Resource == s.Resource }) {
			names = append(names, s.Resource)
		}
	}
	return names
}

// taken sums what was read of the resources whose records rows are made of; what is only looked
// up makes none.
func (i FetchIndex) taken(def *report.Definition) source.Counts {
	sum := total(i.records())
	if def.Fold == "" {
		return sum
	}
	for _, s := range i.Streams {
		if slices.Contains(i.also(def), s.Resource) {
			sum = plus(sum, total(s))
		}
	}
	return sum
}

// received sums what was read of the report's own records.
func (i FetchIndex) received() (sum source.Counts) {
	if len(i.Streams) > 0 {
		return total(i.records())
	}
	for _, l := range i.Leaves {
		sum = plus(sum, source.Counts{
			Total: l.Lines, Fetched: l.Lines, Kept: l.Rows.Rows + l.Bad, Duplicates: l.Repeated(), Calls: int64(l.Objects),
		})
	}
	return sum
}

// total sums the reconciliation over the slices of a stream.
func total(s Stream) (sum source.Counts) {
	for _, c := range s.Slices {
		sum = plus(sum, c.Counts)
	}
	return sum
}

func plus(a, b source.Counts) source.Counts {
	return source.Counts{
		Total: a.Total + b.Total, Fetched: a.Fetched + b.Fetched, Kept: a.Kept + b.Kept,
		Duplicates: a.Duplicates + b.Duplicates, Cut: a.Cut + b.Cut, Calls: a.Calls + b.Calls,
	}
}

// whole refuses a stream of which not everything was received that the source counts.
func whole(index FetchIndex) error {
	for _, s := range index.Streams {
		if sum := total(s); sum.Total != sum.Fetched {
			return fault.New(fault.CountMismatch, "%s: the source counts %d records, %d distinct ones were received", s.Resource, sum.Total, sum.Fetched).
				WithFix("resume the run; if it lasts, the platform's support must say which count is right")
		}
	}
	return nil
}

// giant is the size of the largest record, of those that are larger than usual; zero without any.
func (i FetchIndex) giant() (bytes int64) {
	for _, s := range i.Streams {
		for _, c := range s.Slices {
			bytes = max(bytes, c.Giant)
		}
	}
	for _, l := range i.Leaves {
		bytes = max(bytes, l.Rows.Giant)
	}
	return bytes
}
