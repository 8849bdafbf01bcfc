package recordfile

import (
	"transporter/internal/feed"
	"transporter/internal/report"
	"transporter/internal/transform/jsonrec"
)

// rulerOf says which row a line of the report's table is.
func rulerOf(d *report.Definition, mode feed.Mode) *feed.Ruler {
	table, _ := feed.TableOf(d.Feed.Table, d.Feed.Door) // every report has one
	return feed.NewRuler(table, mode)
}

// addLine takes a line by its key and rank. Lines that do not say which partition they are of, as
// those of files that a platform wrote, are of one, the earliest.
func (w *walker) addLine(e entry, root jsonrec.Value, raw []byte) error {
	origin := feed.Origin{Stamp: feed.Stamp{Hour: feed.None, Minute: feed.None}, Split: feed.None}
	if leaf := root.Get("_leaf").Text(); leaf != nil {
		at, err := feed.ParsePath("feed/version=1/format=jsonl/" + string(leaf) + "/feed.jsonl") // where such a leaf lies
		if err != nil {
			return w.wrong(e.at, "record %d: _leaf is no partition: %w", e.nth, err)
		}
		origin.Stamp = at.Stamp
	}
	w.ruler.File(origin)
	row, err := w.ruler.Row(raw, int64(e.nth))
	if err != nil {
		return w.wrong(e.at, "record %d: %w", e.nth, err)
	}
	e.id, e.rank = string(row.Key), string(row.Rank)
	w.entries = append(w.entries, e)
	return nil
}
