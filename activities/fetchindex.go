package activities

import (
	"iter"
	"slices"
	"time"

	"transporter/internal/fault"
	"transporter/internal/feed"
	"transporter/internal/feedbook"
	"transporter/internal/report"
	"transporter/internal/source"
	"transporter/internal/staging"
	"transporter/internal/transform"
)

// FetchIndex lists what was staged of one window, by resource.
type FetchIndex struct {
	Streams []Stream  `json:"streams"`
	Read    time.Time `json:"read,omitzero"` // when all was read; of reports whose snapshots are kept

	Leaves  []feedbook.Leaf  `json:"leaves,omitempty"`  // of feeds: what the window is made of
	Silent  feed.Windows     `json:"silent,omitempty"`  // of feeds: of which parts of the window nothing was exported
	Without []feedbook.Print `json:"without,omitempty"` // of feeds: leaves that cannot be decoded, and were accepted to be left out

	Missing feed.Windows `json:"missing,omitempty"` // of feeds: which parts of the window are done without, as was accepted

	Note string `json:"note,omitempty"` // of feeds: what could not be compared, and why
}

// absent are the parts of the window of which a feed has nothing, whether somebody said so or not.
func (i FetchIndex) absent() feed.Windows { return i.Silent.With(i.Missing) }

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

// holdsFiles refuses an index without the records of a further file of the delivery, as a worker of an
// earlier release has made: the file would be missing without a word.
func (i FetchIndex) holdsFiles(def *report.Definition, params report.Params) error {
	read := i.also(def)
	for n := range def.Also {
		if a := &def.Also[n]; a.File != "" && def.Wants(a, params) && !slices.Contains(read, a.Resource) {
			return fault.New(fault.Corrupt, "what was fetched has no %s: an earlier release of the worker has read it", a.File).
				WithFix("resume the run: it asks the source again")
		}
	}
	return nil
}

// taken sums what was read of the resources whose records rows are made of.
func (i FetchIndex) taken(def *report.Definition) (sum source.Counts) {
	for s := range i.made(def) {
		sum = plus(sum, total(s))
	}
	return sum
}

// cut are the ids of those of their records that the source has cut.
func (i FetchIndex) cut(def *report.Definition) (ids []string) {
	for s := range i.made(def) {
		for _, c := range s.Slices {
			ids = append(ids, c.Cut...)
		}
	}
	return ids
}

// made yields the streams of whose records rows are made; what is only looked up makes none.
func (i FetchIndex) made(def *report.Definition) iter.Seq[Stream] {
	return func(yield func(Stream) bool) {
		also := i.also(def)
		for n, s := range i.Streams {
			own := n == len(i.Streams)-1 || def.Beside(s.Resource) != nil
			if (own || def.Fold != "" && slices.Contains(also, s.Resource)) && !yield(s) {
				return
			}
		}
	}
}

// received sums what was read of the report's own records, and of those of its second files.
func (i FetchIndex) received(def *report.Definition) (sum source.Counts) {
	if len(i.Streams) > 0 {
		sum = total(i.records())
		for _, s := range i.Streams {
			if def.Beside(s.Resource) != nil {
				sum = plus(sum, total(s))
			}
		}
		return sum
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
		Duplicates: a.Duplicates + b.Duplicates, Calls: a.Calls + b.Calls,
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

// lookedUp is what the report's lookups hold in memory, in bytes.
func (i FetchIndex) lookedUp(def *report.Definition) (bytes int64) {
	if len(def.Lookups) == 0 || len(i.Streams) == 0 {
		return 0
	}
	own := total(i.records()).Kept
	for _, s := range i.Streams {
		for _, l := range def.Lookups {
			if l.Resource == s.Resource {
				bytes += transform.LookupWeight(l, own, total(s).Kept)
			}
		}
	}
	return bytes
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
