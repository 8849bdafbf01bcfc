package interval

import (
	"slices"
	"time"

	"transporter/internal/source"
	"transporter/internal/transform/cell"
	"transporter/internal/transform/jsonrec"
)

// AnswerTimes gives a row for every bucket of a histogram of answer times (Operational
// Realtime API, SLA), by their lower edges. A bucket ends where the next begins; the last has
// no end. The interval is the time that the answer is about, which is not aligned to the clock.
type AnswerTimes struct {
	zone *time.Location
	row  row
}

// NewAnswerTimes names intervals by the clock of the zone.
func NewAnswerTimes(zone *time.Location) *AnswerTimes { return &AnswerTimes{zone: zone} }

// answerBucket is one bucket, and where it begins, in seconds.
type answerBucket struct {
	edge   int64
	counts jsonrec.Value
}

// Add implements the fold.
func (f *AnswerTimes) Add(_ string, root jsonrec.Value, rec source.Record, give func(source.Record) error) error {
	skill := cell.TextOf(root.Get("skillId"))
	from, errFrom := time.Parse(time.RFC3339, string(root.Get("interval_start").Text()))
	to, errTo := time.Parse(time.RFC3339, string(root.Get("interval_end").Text()))
	switch {
	case skill == nil:
		return &jsonrec.Defect{Path: "$.skillId", Reason: "has no value, and must have one"}
	case errFrom != nil:
		return &jsonrec.Defect{Path: "$.interval_start", Reason: "has no time, and must have one"}
	case errTo != nil || !from.Before(to):
		return &jsonrec.Defect{Path: "$.interval_end", Reason: "has no time after interval_start, and must have one"}
	}
	buckets, err := answerBuckets(root.Get("response").Get("slaDataRange"))
	if err != nil {
		return err
	}
	axis := &Axis{zone: f.zone, length: to.Sub(from), marks: []int64{from.UnixMilli(), to.UnixMilli()}}
	for i, b := range buckets {
		f.row.begin()
		f.row.interval(axis, 0)
		f.row.text("skillId", skill)
		f.row.count("bucketS", b.edge)
		end := int64(0)
		if last := i+1 == len(buckets); !last {
			end = buckets[i+1].edge
		}
		f.row.known("bucketToS", end, end > 0)
		for _, name := range []string{"chats", "percentageFromTotal", "accumulated"} {
			f.row.raw(name, b.counts.Get(name).AppendCompact(nil))
		}
		made := f.row.record(rec.ID, rec.Order, rec.FetchedAt)
		if err := give(made); err != nil {
			return err
		}
	}
	return nil
}

func answerBuckets(histogram jsonrec.Value) (list []answerBucket, err error) {
	if histogram.Kind() != jsonrec.Object {
		return nil, &jsonrec.Defect{Path: "$.response.slaDataRange", Reason: "has no histogram, and must have one"}
	}
	for edge, counts := range histogram.Members() {
		seconds, ok := cell.ParseInt(edge)
		if !ok {
			return nil, &jsonrec.Defect{Path: "$.response.slaDataRange", Reason: "has a bucket that begins at no whole second"}
		}
		list = append(list, answerBucket{seconds, counts})
	}
	slices.SortFunc(list, func(a, b answerBucket) int { return int(a.edge - b.edge) })
	return list, nil
}

// End implements the fold.
func (f *AnswerTimes) End(func(source.Record) error) ([]byte, error) { return nil, nil }
