package liveperson

import (
	"bufio"
	"bytes"
	"context"
	"fmt"

	"transporter/internal/source"
)

// placeName is how a record is known that has no id: by the span of time that was asked for, and its hash. What
// comes and goes around it while pages are read does not give it another. No id begins so.
func placeName(in interval, sum string) string {
	return fmt.Sprintf("%s%s/%s record %s", source.BadPrefix, clockText(in.from), clockText(in.to), sum)
}

// withheldAt is what is staged for a record that has no name but its place.
func withheldAt(number int) []byte {
	return source.Withheld(fmt.Sprintf("it has more than %d MiB, too much to be kept, and no id by which it could be known: it was record %d, counted from 0",
		source.MaxRecord>>20, number))
}

// place gives a record that is too large to be kept and has no id the name of its place, so that it can be told
// of and accepted. A smaller one without an id stays as it is: who has it says what is wrong with it.
func (r *record) place(in interval, number int) {
	if r.id != "" || !r.withheld && len(r.raw) <= source.MaxRecord {
		return
	}
	if !r.withheld {
		s := skimmer{in: bufio.NewReaderSize(bytes.NewReader(r.raw), skimAhead), sum: newTokens()}
		_ = s.pass() // it was read once, as JSON
		r.sum = s.sum.name()
	}
	r.id, r.raw, r.withheld, r.placed = placeName(in, r.sum), withheldAt(number), true, true
}

// addPlaced stages what stands for a record without an id, unless its times say that it is of another range.
// What does not say when it was is of the first moment that it may be of.
func (r *sliceReader) addPlaced(ctx context.Context, g span, rec record) error {
	at := r.search.at(&rec)
	if rec.start >= 0 && at != absent && !r.search.has(&rec, g) {
		return nil
	}
	if at < 0 {
		at = max(g.window.from, g.start.from)
	}
	r.kept[rec.id] = r.passes
	return r.w.Add(ctx, source.Record{Order: max(rec.start, g.start.from), At: at, ID: rec.id, Raw: rec.raw, FetchedAt: r.fetched, Cut: true})
}

// placed gives what stands for an element that is too long to be held. It comes last of its span: what goes on
// from an earlier window passes over what is before this one.
func placed(in interval, number int, sum string) recordsOf {
	return func(_ []byte, give func(source.Record) error) (string, error) {
		id := placeName(in, sum)
		return id, give(source.Record{Order: in.to - 1, At: in.to - 1, ID: id, Raw: withheldAt(number), Cut: true})
	}
}
