package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"transporter/internal/task"
)

// CategoryFeed is the category of reports on tables that a platform exports as partitions
// (package feed knows how those lie).
const CategoryFeed = "feed"

// Feed says which exported table a report is of.
type Feed struct {
	Table    string        `json:"table"`              // the platform's name of it
	Door     string        `json:"door,omitempty"`     // the only kind of door that has it; empty: those of storage
	Every    task.Duration `json:"every"`              // how often the platform exports it
	Snapshot bool          `json:"snapshot,omitempty"` // each export is the whole table: what it lacks is gone
	Repaired []string      `json:"repaired,omitempty"` // RowKey of DedupeRepaired, where it is another
}

// What a task delivers of a feed (parameter delivery).
const (
	DeliveryChanges  = "changes"  // what became of rows since the window before
	DeliveryLeaf     = "leaf"     // the rows of each partition, without duplicates inside of it
	DeliverySnapshot = "snapshot" // the whole table as of the window
)

// Which of several rows are one (parameter dedupe).
const (
	DedupeReference = "reference" // by the platform's published key and order
	DedupeRepaired  = "repaired"  // by those that lose nothing where the published ones do
)

// ColumnFeedLeaf is the column that says which partition a row was exported in.
const ColumnFeedLeaf = "feed_leaf"

// FeedDelivery returns what a task with the parameters delivers of the feed; empty for reports
// that are of none.
func (d *Definition) FeedDelivery(params Params) string {
	return d.feedParameter(ParamDelivery, params)
}

// FeedDedupe returns which rows of the feed are one; empty for reports that are of none.
func (d *Definition) FeedDedupe(params Params) string { return d.feedParameter(ParamDedupe, params) }

// FeedVersion returns which version of the feed's format is read; empty for reports that are of
// none.
func (d *Definition) FeedVersion(params Params) string {
	return d.feedParameter(ParamFeedVersion, params)
}

func (d *Definition) feedParameter(name string, params Params) (value string) {
	if d.Feed != nil {
		_ = json.Unmarshal(d.Effective(params)[name], &value) // checked with the parameters
	}
	return value
}

// RowKeyFor returns what identifies a row of a task with the parameters. Of a feed they are
// members of a line, which may be null, be no columns, or name the partition's date (dt); before
// them, where a task delivers each partition by itself, is the partition.
func (d *Definition) RowKeyFor(params Params) []string {
	key := d.RowKey
	if d.Feed == nil {
		return key
	}
	if d.FeedDedupe(params) == DedupeRepaired && len(d.Feed.Repaired) > 0 {
		key = d.Feed.Repaired
	}
	if d.FeedDelivery(params) == DeliveryLeaf {
		return append([]string{ColumnFeedLeaf}, key...)
	}
	return key
}

// feedPrefix begins the names of the files of reports on feeds.
const feedPrefix = "asapp."

// readFeed reads the file of a report on a feed, over what all of them share.
func readFeed(files fs.FS, dir, name string) (*Definition, error) {
	d := &Definition{}
	if err := decodeFile(files, path.Join(dir, feedsFile), d); err != nil {
		return nil, err
	}
	last := d.Columns
	d.Columns = nil
	if err := decodeFile(files, path.Join(dir, name), d); err != nil {
		return nil, err
	}
	if d.Feed == nil {
		return nil, fmt.Errorf("%s: feed is required", name)
	}
	d.Resource = d.ID
	d.MinInterval = d.Feed.Every
	d.Columns = append(d.Columns, last...)
	for i := range d.Columns {
		d.Columns[i].ofMember()
	}
	return d, nil
}

// ofMember completes a column that is the member of a line of the same name, and may be null.
func (c *Column) ofMember() {
	if c.Rule == nil {
		c.Rule = Rules{N0}
	}
	if c.Path == nil && c.Fact == "" {
		c.Path = Alternatives{{Path: "$." + c.Name}}
	}
}

func (d *Definition) checkFeed() error {
	f := d.Feed
	switch {
	case f == nil:
		return nil
	case f.Table == "" || f.Every <= 0:
		return errors.New("feed: table and every are required")
	case strings.TrimPrefix(d.ID, feedPrefix) != f.Table && f.Door == "":
		return fmt.Errorf("the report on the table %s must be named after it", f.Table)
	}
	for _, name := range slices.Concat(d.RowKey, f.Repaired) {
		if !isName(name) {
			return fmt.Errorf("%q is no member of a line", name)
		}
	}
	return nil
}
