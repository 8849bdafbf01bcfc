package feeds

import (
	"context"
	"time"
)

// What happens to leaves that were exported before, and those that are not whole.

// muchLater is beyond the time in which the files of one export are written.
const muchLater = 3 * time.Hour

// reExport writes a leaf again with two splits in place of three: the third of the first export stays.
func (w *World) reExport() Scenario {
	l := w.leaf("utterances", 1, 5)
	return scenario("utterances",
		w.step("three splits", first(l, w.lines(l, 0)...).inSplits(3, 0)),
		w.step("two splits, with changed and removed rows; the old third stays", first(l, w.lines(l, 1)...).inSplits(2, 0).later(muchLater)))
}

// leftover is its end alone: a reader that comes late must tell the old third from a part of the export.
func (w *World) leftover() Scenario {
	s := w.reExport()
	return scenario("utterances", Step{"both exports", s.Play})
}

// lateReExport writes the leaf of five days ago again, after those that follow; _SUCCESS stays.
func (w *World) lateReExport() Scenario {
	var steps []Step
	for day := 5; day > 0; day-- {
		l := w.leaf("convos_metrics", day, 5)
		steps = append(steps, w.step("the leaf "+l.Stamp(), first(l, w.lines(l, 0)...)))
	}
	l := w.leaf("convos_metrics", 5, 5)
	again := first(l, w.lines(l, 1)...).later(4*Day + muchLater)
	again.keepFlag = true
	return scenario("convos_metrics", append(steps, w.step("the leaf of 5 days ago again", again))...)
}

// rowGone removes one row that another leaf has too, and one that was alone.
func (w *World) rowGone() Scenario {
	five, six := w.leaf("rep_augmentation", 1, 5), w.leaf("rep_augmentation", 1, 6)
	of := func(issue int, l Leaf, count int) Line {
		return row("issue_id", issue, "instance_ts", l.At, "rep_id", "1201", "conversation_end_ts", l.End(), "auto_complete_msgs", count, "company_name", w.config.Company)
	}
	stays, falls, goes := of(1, six, 5), of(2, six, 7), of(3, six, 9)
	return scenario("rep_augmentation",
		w.step("hour 05", first(five, of(1, five, 1), of(2, five, 2))),
		w.step("hour 06", first(six, stays, falls, goes)),
		w.step("hour 06 again, without issues 2 and 3", first(six, stays).later(muchLater)))
}

// noFlag leaves an hour without _SUCCESS for ever; the hour after it is complete.
func (w *World) noFlag() Scenario {
	five, six := w.leaf("issue_queues", 1, 5), w.leaf("issue_queues", 1, 6)
	never := first(five, w.lines(five, 0)...)
	never.unready = true
	return scenario("issue_queues",
		w.step("hour 05 without _SUCCESS", never),
		w.step("hour 06", first(six, w.lines(six, 0)...)))
}

// gap lacks a split, which comes later.
func (w *World) gap() Scenario {
	l := w.leaf("customer_params_hourly", 1, 5)
	whole := first(l, w.lines(l, 0)...).inSplits(3, 0)
	return scenario("customer_params_hourly",
		Step{"_SUCCESS without the second of three", func(ctx context.Context, b Bucket) error {
			return w.lacking(ctx, b, whole, 1)
		}},
		w.step("all three", whole.later(muchLater)))
}

// lacking writes an export without one of its files; nobody may read it.
func (w *World) lacking(ctx context.Context, b Bucket, e export, missing int) error {
	e.disregarded = true
	if err := w.write(ctx, b, e); err != nil {
		return err
	}
	return b.Delete(ctx, w.config.Folder+e.Folder()+"/"+e.name(missing))
}

// truncated cuts a gzip file; the whole one follows.
func (w *World) truncated() Scenario {
	l := w.leaf("rep_convos", 1, 5)
	whole := first(l, w.lines(l, 0)...)
	whole.gzip = true
	return scenario("rep_convos",
		Step{"a file without its end", func(ctx context.Context, b Bucket) error {
			content, err := whole.content(whole.files[0])
			if err != nil {
				return err
			}
			if err := w.put(l, whole.name(0), content[:len(content)-20], whole.written)(ctx, b); err != nil {
				return err
			}
			return w.put(l, Success, nil, whole.written.Add(time.Second))(ctx, b)
		}},
		w.step("the whole file", whole.later(muchLater)))
}

// changing is an export that is overwritten: apply the second step between listing and reading.
func (w *World) changing() Scenario {
	l := w.leaf("sms_events", 1, 5)
	return scenario("sms_events",
		w.step("the first export", first(l, w.lines(l, 0)...)),
		w.step("the second, over the same name", first(l, w.lines(l, 1)...).later(muchLater)))
}

// twins has one leaf encrypted and plain; both have the same rows.
func (w *World) twins() Scenario {
	l := w.leaf("voice_intents", 1, 5)
	clear, secret := first(l, w.lines(l, 0)...), first(l, w.lines(l, 0)...)
	clear.gzip, clear.unready = true, true
	secret.gzip, secret.key = true, w.config.Key
	return w.needsKey(scenario("voice_intents",
		w.step("the plain file", clear), w.step("the encrypted one and _SUCCESS", secret)))
}

// bothKinds has files with and without numbers side by side: the newer kind counts, and neither where
// none is newer.
func (w *World) bothKinds() Scenario {
	five, six, seven := w.leaf("csid_containment", 1, 5), w.leaf("csid_containment", 1, 6), w.leaf("csid_containment", 1, 7)
	both := func(l Leaf) (whole, splits export) {
		whole = first(l, w.lines(l, 0)...)
		whole.gzip = true
		return whole, first(l, w.lines(l, 1)...).inSplits(2, 0)
	}
	whole5, splits5 := both(five)
	whole6, splits6 := both(six)
	whole7, splits7 := both(seven)
	whole7.unready, splits7.disregarded = true, true
	return scenario("csid_containment",
		w.step("hour 05, whole", whole5), w.step("hour 05, in splits", splits5.later(muchLater)),
		w.step("hour 06, in splits", splits6), w.step("hour 06, whole", whole6.later(muchLater)),
		w.step("hour 07, whole", whole7), w.step("hour 07, in splits at the same time", splits7))
}

// spellings has flags that are none, and one that is not empty.
func (w *World) spellings() Scenario {
	five, six := w.leaf("live_agent_opportunities", 1, 5), w.leaf("live_agent_opportunities", 1, 6)
	unready, full := first(five, w.lines(five, 0)...), first(six, w.lines(six, 0)...)
	unready.unready = true
	return scenario("live_agent_opportunities",
		w.step("hour 05, the file", unready),
		Step{"hour 05, _success", w.put(five, "_success", nil, unready.written)},
		Step{"hour 05, _SUCCESS.gz", w.put(five, "_SUCCESS.gz", nil, unready.written)},
		w.step("hour 06", full),
		Step{"hour 06, _SUCCESS with a text", w.put(six, Success, []byte("done\n"), full.written.Add(time.Minute))})
}

// vanished removes a leaf that was exported: what was read of it stays.
func (w *World) vanished() Scenario {
	l := w.leaf("knowledge_base", 1, 5)
	e := first(l, w.lines(l, 0)...)
	return scenario("knowledge_base", w.step("the leaf", e),
		Step{"its objects are gone", func(ctx context.Context, b Bucket) error { return w.remove(ctx, b, e) }})
}

// remove removes the objects of an export in one file.
func (w *World) remove(ctx context.Context, b Bucket, e export) error {
	for _, name := range []string{Success, e.name(0)} {
		if err := b.Delete(ctx, w.config.Folder+e.Folder()+"/"+name); err != nil {
			return err
		}
	}
	return nil
}
