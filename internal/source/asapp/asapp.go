// Package asapp reads the tables that a platform exports as partitions, through whichever door it
// exports them; what the partitions mean is package feed's.
package asapp

import (
	"context"
	"encoding/json"
	"io"
	"strings"
	"time"

	"transporter/internal/fault"
	"transporter/internal/feed"
	"transporter/internal/report"
	"transporter/internal/source"
)

// Decryptor opens one encrypted file.
type Decryptor func(src io.Reader) (io.Reader, error)

// Schema tells what is known of a feed's columns.
type Schema interface {
	// Check compares what the platform says of its feeds with what it said before, now and then. A feed
	// whose columns changed so that rows would be read wrongly is fault.NotReady until an operator
	// releases it.
	Check(ctx context.Context, place feed.Place) error
	// Cadence returns how often the platform says by now that it exports the feed; false if it does not.
	Cadence(ctx context.Context, place feed.Place) (feed.Cadence, bool, error)
	// Saw notes which columns rows of the feed have, to tell those that nobody has described.
	Saw(ctx context.Context, place feed.Place, columns []string) error
}

// Config of a source.
type Config struct {
	Door    feed.Door
	Kind    string        // of the door: feed.DoorS3, …
	Settle  time.Duration // see feed.Rules; zero: feed.DefaultSettle
	Decrypt Decryptor     // nil: encrypted leaves cannot be read
	Schema  Schema        // nil: nobody looks
	Now     func() time.Time
}

// Source reads one platform's exports. It is safe for concurrent use.
type Source struct {
	Config
	rules feed.Rules
}

// New returns the source.
func New(c Config) *Source {
	if c.Settle == 0 {
		c.Settle = feed.DefaultSettle
	}
	rules := feed.Rules{Settle: c.Settle, Decrypts: c.Decrypt != nil}
	if unmarked, ok := c.Door.(feed.Unmarked); ok {
		rules.Refreshed = unmarked.Refreshed
	}
	return &Source{c, rules}
}

var _ source.Exports = (*Source)(nil)

// Prefixes of the resources: the tables of messaging, and those that only the File Exporter has.
const (
	resourcePrefix = "asapp."
	exporterPrefix = "fe_"
)

// reading is one query: which table, and how its rows are ranked.
type reading struct {
	source.Query

	table feed.Table
	place feed.Place
	mode  feed.Mode
}

func (s *Source) reading(q source.Query) (r reading, err error) {
	name := strings.TrimPrefix(strings.TrimPrefix(q.Resource, resourcePrefix), exporterPrefix)
	table, ok := feed.TableOf(name, s.Kind)
	if !ok {
		return r, fault.New(fault.InvalidSpec, "a source with the door %s has no table %s", s.Kind, name).WithField("report").
			WithFix("choose a report of a table that it exports")
	}
	r = reading{Query: q, table: table.KeyedBy(q.Key, kindsOf(q.Resource)), place: feed.Place{Feed: name, Format: "jsonl"}}
	dedupe := ""
	if err = json.Unmarshal(q.Params[report.ParamDedupe], &dedupe); err == nil {
		err = json.Unmarshal(q.Params[report.ParamFeedVersion], &r.place.Version)
	}
	if err != nil {
		return r, fault.New(fault.InvalidSpec, "read the parameters of %s: %w", q.Resource, err)
	}
	r.mode = feed.Mode(dedupe)
	return r, nil
}

// kindsOf are the kinds of a table's columns, as its report has them.
func kindsOf(resource string) map[string]feed.Kind {
	def, err := report.Get(resource, "")
	if err != nil {
		return nil
	}
	kinds := map[string]feed.Kind{}
	for _, c := range def.Columns {
		switch c.Type {
		case report.Time:
			kinds[c.Name] = feed.KindMoment
		case report.Int, report.Double:
			kinds[c.Name] = feed.KindNumber
		case report.Bool:
			kinds[c.Name] = feed.KindFlag
		}
	}
	return kinds
}
