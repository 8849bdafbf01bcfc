package feeds

import (
	"context"
	"time"
)

// docsFeed is the folder of export_docs.yaml.
const docsFeed = "export_docs"

// docsDiff describes four days: a column more, one that is retired, and a key that changes.
func (w *World) docsDiff() Scenario {
	before := func(d *docsFile) { d.table("convos_metadata").drop(addedColumn) }
	retired := func(d *docsFile) {
		d.table("convos_metrics").column("hold_ct").DeletedDate = w.day(2).Format(time.DateTime)
	}
	broken := func(d *docsFile) {
		retired(d)
		d.table("issue_queues").PrimaryKey = "issue_id, queue_id"
		d.table("rep_convos").column("handle_time_seconds").Type = "boolean"
	}
	return scenario(docsFeed,
		w.docsStep("as it was", 4, before),
		w.docsStep("a column is added", 3, func(*docsFile) {}),
		w.docsStep("a column is retired", 2, retired),
		w.docsStep("a key and a type change", 1, broken))
}

// addedColumn is one that scenarios add to convos_metadata.
const addedColumn = "language_code"

// brokenDocs is a day whose description cannot be read, and one that has none.
func (w *World) brokenDocs() Scenario {
	same := func(*docsFile) {}
	return scenario(docsFeed,
		w.docsStep("as it is", 3, same),
		Step{"no YAML", func(ctx context.Context, b Bucket) error {
			return w.writeDocs(ctx, b, w.day(2), []byte("schemas:\n  - name: \"exports\n\ttables: [\n"))
		}},
		w.docsStep("nothing for a day, then as it is", 0, same))
}

// newColumn is a column that comes at 14:00 and is described on the next day.
func (w *World) newColumn() Scenario {
	s := Scenario{Feeds: []string{"convos_metadata", docsFeed}}
	s.Steps = append(s.Steps, w.docsStep("described without it", 1, func(d *docsFile) { d.table("convos_metadata").drop(addedColumn) }))
	thirteen, fourteen := w.leaf("convos_metadata", 1, 13), w.leaf("convos_metadata", 1, 14)
	of := func(issue int, l Leaf, more ...any) Line {
		return row(append([]any{"issue_id", issue, "last_event_ts", l.At, "company_name", w.config.Company}, more...)...)
	}
	s.Steps = append(s.Steps,
		w.step("hour 13", first(thirteen, of(1, thirteen), of(2, thirteen))),
		w.step("hour 14", first(fourteen, of(2, fourteen, addedColumn, "English"), of(3, fourteen, addedColumn, "Spanish"))))
	s.Steps = append(s.Steps, w.docsStep("described with it", 0, func(*docsFile) {}))
	return s
}

// keyChanges describes a table with a column less in its key, and then with one more than at first: rows that
// were several become one, and rows that were one, within a leaf, several.
func (w *World) keyChanges() Scenario {
	five, six, seven := w.leaf("issue_queues", 1, 5), w.leaf("issue_queues", 1, 6), w.leaf("issue_queues", 1, 7)
	of := func(l Leaf, issue int, minute int, more ...any) Line {
		return row(append([]any{"issue_id", issue, "enter_queue_ts", five.At.Add(time.Duration(minute) * time.Minute), "instance_ts", l.At, "company_name", w.config.Company}, more...)...)
	}
	keyed := func(key string) func(*docsFile) {
		return func(d *docsFile) { d.table("issue_queues").PrimaryKey = key }
	}
	return Scenario{Feeds: []string{"issue_queues", docsFeed}, Steps: []Step{
		w.docsStep("described as it is", 3, func(*docsFile) {}),
		w.step("hour 05", first(five,
			of(five, 1, 10, "queue_id", "a", "rep_id", "7"), of(five, 1, 20, "queue_id", "a", "rep_id", "7"), of(five, 1, 20, "queue_id", "a", "rep_id", "8"),
			of(five, 2, 10, "queue_id", nil), of(five, 2, 20), of(five, 3, 10, "queue_id", "b", "rep_id", "7"))),
		w.docsStep("a column less in the key", 2, keyed("issue_id, queue_id")),
		w.step("hour 06", first(six, of(six, 1, 70, "queue_id", "a", "rep_id", "9"), of(six, 2, 70, "queue_id", "c"))),
		w.docsStep("a column more in the key", 1, keyed("issue_id, queue_id, enter_queue_ts, rep_id")),
		w.step("hour 07", first(seven, of(seven, 1, 70, "queue_id", "a", "rep_id", nil), of(seven, 1, 70, "queue_id", "a"), of(seven, 3, 10, "queue_id", "b", "rep_id", "7"))),
	}}
}

// orderChanges describes a table with another ordering key, and then with none as at first: another row of the same
// leaf, and of another leaf, is the latest by it.
func (w *World) orderChanges() Scenario {
	five, six, seven := w.leaf("convos_metadata", 1, 5), w.leaf("convos_metadata", 1, 6), w.leaf("convos_metadata", 1, 7)
	minute := func(m int) time.Time { return five.At.Add(time.Duration(m) * time.Minute) }
	of := func(l Leaf, issue, last int, end any) Line {
		return row("issue_id", issue, "last_event_ts", minute(last), "conversation_end_ts", end, "instance_ts", l.At, "company_name", w.config.Company)
	}
	ordered := func(key string) func(*docsFile) {
		return func(d *docsFile) { d.table("convos_metadata").OrderingKey = key }
	}
	return Scenario{Feeds: []string{"convos_metadata", docsFeed}, Steps: []Step{
		w.docsStep("described as it is", 3, func(*docsFile) {}),
		w.step("hour 05", first(five, of(five, 1, 20, minute(9)), of(five, 1, 10, minute(15)), of(five, 2, 20, nil), of(five, 2, 10, minute(5)), of(five, 3, 10, minute(40)))),
		w.docsStep("ordered by another time", 2, ordered("conversation_end_ts")),
		w.step("hour 06", first(six, of(six, 3, 70, minute(30)), of(six, 4, 70, minute(69)))),
		w.docsStep("ordered by none", 1, ordered("")),
		w.step("hour 07", first(seven, of(seven, 4, 65, minute(80)), of(seven, 5, 130, nil))),
	}}
}
