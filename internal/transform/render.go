// Package transform renders source records as the files of a report: streaming, in
// canonical order, in parts, the same bytes for the same records and joins.
package transform

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"time"

	"transporter/internal/report"
	"transporter/internal/source"
	"transporter/internal/task"
)

// Job says what to render. From and To are the run's window in epoch milliseconds UTC;
// Zone is the one that times are written in. SplitEntries overrides the report's number
// of source records per part; zero keeps it.
type Job struct {
	Report       *report.Definition
	Params       map[string]json.RawMessage
	Format       string
	Formatting   task.Formatting
	AccountID    string
	From, To     int64
	Zone         *time.Location
	SplitEntries int
}

// Inputs gives the staged records of a resource in canonical order (Order, then ID),
// each once. Record.Raw is read before the next one is asked for.
type Inputs interface {
	Records(ctx context.Context, resource string) iter.Seq2[source.Record, error]
}

// PartSink takes the parts, numbered from 1, one after another.
type PartSink interface {
	Create(ctx context.Context, part int) (PartWriter, error)
}

// PartWriter takes the body of one part: the file without its head (see Head).
type PartWriter interface {
	io.Writer
	Commit(ctx context.Context, info PartInfo) error
	Abort()
}

// PartInfo describes a finished part: Entries are the source records in it.
type PartInfo struct {
	Part    int
	Entries int64
	Rows    int64
}

// Result counts what was rendered.
type Result struct {
	Parts       int
	Entries     int64 // source records read; those in parts plus those in quarantine
	Rows        int64
	Quarantined []Quarantine
}

// Quarantine names a record that no row was written for, and why.
type Quarantine struct {
	RecordID string
	Reason   string
	Column   string // empty when the record as a whole cannot be read
}

// Render writes the parts of a report (being built: this slice fixes its signature).
func Render(ctx context.Context, job Job, in Inputs, sink PartSink) (Result, error) {
	return Result{}, errors.New("render: under construction")
}
