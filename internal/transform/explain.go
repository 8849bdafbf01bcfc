package transform

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"transporter/internal/fault"
	"transporter/internal/report"
	"transporter/internal/source"
	"transporter/internal/transform/jsonrec"
)

// Explain renders like Render until it comes to the row of that key, and returns how the
// cell of the column came to be. Report parameters count, but for those that choose
// columns. A row that is not there is fault.NotFound; it says if records are in quarantine.
func Explain(ctx context.Context, job Job, in Inputs, rowKey, name string) (*Trace, error) {
	if job.Report.IsRaw() {
		return nil, fault.New(fault.InvalidSpec, "%s has what the API sends, unchanged: there is nothing to explain", job.Report.ID).
			WithField("report").WithFix("take a report with columns")
	}
	lookups, err := loadLookups(ctx, job, in)
	if err != nil {
		return nil, err
	}
	hides := hidesKey(job)
	if job, err = jobOfColumn(job, lookups, name); err != nil {
		return nil, err
	}
	t, err := newTable(job, lookups)
	if err != nil {
		return nil, err
	}
	t.hidesKey = hides
	f := finder{table: t, rowKey: rowKey}
	f.column = len(t.system) + slices.IndexFunc(t.columns, func(c *column) bool { return c.def.Name == name })
	if job.Report.Fold != "" {
		return f.folded(ctx, job, lookups, in)
	}
	refused := errors.New("no record makes it")
	for rec, err := range in.Records(ctx, job.Report.Resource) {
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", job.Report.Resource, err)
		}
		if err := f.record(rec); err != nil {
			refused = fmt.Errorf("record %s is in quarantine: %w", rec.ID, err)
		}
		if f.found != nil {
			return f.explain(job, lookups, rec)
		}
	}
	return nil, f.notFound(refused)
}

func (f *finder) notFound(why error) error {
	return fault.New(fault.NotFound, "no row %q: %w", f.rowKey, why).
		WithField("row").WithFix("give the value of its column _row_key")
}

// jobOfColumn is the job with nothing but the column, so that no other can refuse the row.
func jobOfColumn(job Job, lookups map[string]*lookup, column string) (Job, error) {
	params := report.Params{}
	maps.Copy(params, job.Params)
	delete(params, report.ParamColumnSet)
	params[report.ParamSystemColumns] = json.RawMessage(`"none"`)
	if err := job.Report.CheckParameters(params); err != nil {
		return job, err
	}
	job.Params = params
	job = job.spread(lookups) // with the file's columns, whose headers are not names of others
	if job.Formatting.Columns = nil; job.Report.Column(column) == nil {
		return job, fault.New(fault.NotFound, "%s has no column %q", job.Report.ID, column).
			WithField("column").WithFix("starter report show %s lists its columns", job.Report.ID)
	}
	params[report.ParamColumnSet] = columnSet([]string{column})
	return job, nil
}

// finder goes from record to record until one makes the row.
type finder struct {
	table  *table
	doc    jsonrec.Doc
	rowKey string
	column int // cell of the column
	found  json.RawMessage
	row    int // its place in the record
}

func (f *finder) record(rec source.Record) error {
	f.doc.Release()
	root, err := f.doc.Parse(rec.Raw)
	if err != nil {
		return unreadable(rec.Raw, err)
	}
	t := f.table
	t.id = rec.ID
	t.scope.reset(root, rec.FetchedAt)
	enc := jsonEncoder{clock: clock{zone: t.job.Zone}}
	return t.each(func() error {
		if t.makeKey(); string(t.rowKey) == f.rowKey && f.found == nil {
			f.found = enc.appendCell(nil, &t.cells[f.column], t.columns[f.column-len(t.system)].def.Type)
			f.row = t.scope.row
		}
		return nil
	})
}
