package feeds

import (
	"context"
	"errors"
	"time"
)

// The forms that a leaf may have.

func (w *World) plainHour() Scenario {
	l := w.leaf("convos_metrics", 1, 5)
	return scenario("convos_metrics", w.step("one file", first(l, w.lines(l, 0)...)))
}

// emptyHour has the three forms of a leaf without rows.
func (w *World) emptyHour() Scenario {
	gzipped := first(w.leaf("convos_metrics", 1, 7))
	gzipped.gzip = true
	return scenario("convos_metrics",
		w.step("_SUCCESS alone", empty(w.leaf("convos_metrics", 1, 5))),
		w.step("a file of no bytes", first(w.leaf("convos_metrics", 1, 6))),
		w.step("gzip of nothing", gzipped))
}

func (w *World) slowUpload() Scenario {
	l := w.leaf("convos_metrics", 1, 5)
	slow := first(l, w.lines(l, 0)...)
	slow.unready = true
	return scenario("convos_metrics",
		w.step("the file", slow), w.step("_SUCCESS twenty minutes later", flagged(slow)))
}

func (w *World) split() Scenario {
	five, six := w.leaf("convos_metrics", 1, 5), w.leaf("convos_metrics", 1, 6)
	return scenario("convos_metrics",
		w.step("three splits from 00", first(five, w.lines(five, 0)...).inSplits(3, 0)),
		w.step("three splits from 01", first(six, w.lines(six, 0)...).inSplits(3, 1)))
}

// flagged is an export whose files are there, with _SUCCESS.
func flagged(e export) export {
	e.unready, e.already = false, true
	return e
}

// deepSplits are more than a listing shows at once (1,000: API_ListObjectsV2), with numbers of two digits
// and more.
const deepSplits = 1005

// deep has a leaf of very many objects. Its rows have keys of their own, since so many objects are not
// written in their order.
func (w *World) deep() Scenario {
	l := w.leaf("utterances", 1, 5)
	lines := make([]Line, deepSplits)
	for i := range lines {
		lines[i] = row("issue_id", 21352352, "sender_id", 123008, "created_ts", l.At.Add(time.Duration(i)*time.Second), "utterance", i, "company_name", w.config.Company)
	}
	return scenario("utterances", w.step("1,005 splits", first(l, lines...).inSplits(deepSplits, 0)))
}

// encryptedHour needs the reader's public key.
func (w *World) encryptedHour() Scenario {
	l := w.leaf("convos_metadata", 1, 5)
	next := w.leaf("convos_metadata", 1, 6)
	one, splits := first(l, w.lines(l, 0)...), first(next, w.lines(next, 0)...).inSplits(2, 0)
	one.gzip, one.key, splits.key = true, w.config.Key, w.config.Key
	s := scenario("convos_metadata", w.step(".jsonl.gz.enc", one), w.step("two splits", splits))
	return w.needsKey(s)
}

// needsKey refuses to begin where there is nobody to encrypt to.
func (w *World) needsKey(s Scenario) Scenario {
	if w.config.Key == "" {
		for i := range s.Steps {
			s.Steps[i].Apply = func(context.Context, Bucket) error {
				return errors.New("key: is needed to encrypt to; give the reader's public key")
			}
		}
	}
	return s
}

// twoVersions exports the same rows under version=2 too, for two days.
func (w *World) twoVersions() Scenario {
	var steps []Step
	for _, day := range []int{2, 1} {
		l := w.leaf("issue_type", day, 5)
		second := l
		second.Version = "2"
		lines := w.lines(l, 0)
		steps = append(steps,
			w.step("version=1 of "+l.Stamp(), first(l, lines...)),
			w.step("version=2 of "+l.Stamp(), first(second, lines...)))
	}
	return scenario("issue_type", steps...)
}

// twoShapes changes from a leaf a day to a leaf an hour.
func (w *World) twoShapes() Scenario {
	day := w.leaf("transfers", 2, 0)
	day.Every = Day
	hour := w.leaf("transfers", 1, 0)
	return scenario("transfers",
		w.step("a leaf of a day", first(day, w.lines(day, 0)...)),
		w.step("a leaf of an hour", first(hour, w.lines(hour, 0)...)))
}

// otherPairs writes the pairs of paths in other orders and has further ones among them; one leaf it writes in
// two orders at once, until one of them goes.
func (w *World) otherPairs() Scenario {
	at := func(hour int, pairs string) export {
		l := w.leaf("transfers", 1, hour)
		l.Pairs = pairs
		return first(l, w.lines(l, 0)...)
	}
	twice, one := at(9, "company=acme/dt/hr/version/format"), at(9, "")
	twice.disregarded = true
	return scenario("transfers",
		w.step("hour 05, company= before dt", at(5, "version/format/company=acme/dt/hr").inSplits(2, 0)),
		w.step("hour 06, dt and hr before version", at(6, "dt/hr/version/format")),
		w.step("hour 07, hr before dt, region= at the end", at(7, "hr/version/dt/format/region=eu")),
		w.step("hour 08, as the contract has it", at(8, "")),
		w.step("hour 09, in another order", twice),
		w.step("hour 09, as the contract has it too", one.later(muchLater)),
		Step{"hour 09, the other is gone", func(ctx context.Context, b Bucket) error { return w.remove(ctx, b, twice) }})
}

// otherName names files after the export job, which is not what the folder is named.
func (w *World) otherName() Scenario {
	l := w.leaf("reps", 1, 0)
	e := first(l, w.lines(l, 0)...)
	e.job = true
	return scenario("reps", w.step("rep.jsonl", e))
}

// future has a leaf that nothing may believe, beside one of yesterday.
func (w *World) future() Scenario {
	l, wrong := w.leaf("issue_entry", 1, 5), w.leaf("issue_entry", -3, 5)
	e := first(wrong, w.lines(wrong, 0)...)
	e.written, e.disregarded = w.config.Now(), true
	return scenario("issue_entry",
		w.step("a leaf of yesterday", first(l, w.lines(l, 0)...)),
		w.step("a leaf in three days", e))
}
