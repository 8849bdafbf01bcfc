package httpapi

import (
	"context"
	"io"
	"net/http"
	"strings"

	"transporter/internal/fault"
	"transporter/internal/report"
	"transporter/internal/task"

	"github.com/danielgtaylor/huma/v2"
)

// Samples renders a small sample file of a report, made by the code that runs use, in the format and
// formatting of a task.
type Samples interface {
	Sample(ctx context.Context, def *report.Definition, spec task.Spec, dst io.Writer) error
}

// ReportView is one line of the catalog.
type ReportView struct {
	ID           string   `json:"id" example:"msg.messages"`
	Title        string   `json:"title" example:"Messages"`
	Category     string   `json:"category" example:"historical_business"`
	Version      string   `json:"version" example:"1.0"`
	Grain        string   `json:"grain" doc:"What one row is." example:"one message"`
	Formats      []string `json:"formats" nullable:"false"`
	MinInterval  string   `json:"minInterval" doc:"The shortest interval of a task." example:"15m"`
	MaxWindow    string   `json:"maxWindow,omitempty" doc:"The longest window of a task or a run; absent: any." example:"1d1h"`
	DefaultDelay string   `json:"defaultDelay" doc:"How long after a window its run fires, unless the task says otherwise." example:"6h"`
	Reach        string   `json:"reach" doc:"How far back the source answers." example:"13mo"`
	Backfill     bool     `json:"backfill" doc:"Whether a task may start in the past."`
}

// ReportDetail is a report with its columns and parameters.
type ReportDetail struct {
	ReportView
	SourceAPI  string         `json:"sourceApi"`
	Doc        string         `json:"doc,omitempty"`
	Split      int            `json:"split" doc:"Source records per file, unless the task says otherwise."`
	RowKey     []string       `json:"rowKey,omitempty" doc:"The columns that identify a row; of a feed, members of a line, of which some may be in no column."`
	Order      string         `json:"order,omitempty" doc:"The order of rows, always the same."`
	Feed       *FeedTable     `json:"feed,omitempty" doc:"Of reports of the category feed: the exported table."`
	Columns    []ColumnView   `json:"columns,omitempty" doc:"Absent for raw reports, which deliver source records unchanged."`
	Parameters map[string]any `json:"parameters" doc:"JSON Schema of a task's parameters."`
	Vendors    []string       `json:"vendors,omitempty" doc:"Those with a layout of the report: GET /v1/vendors."`
}

// FeedTable is a table that a platform exports.
type FeedTable struct {
	Table    string   `json:"table" doc:"The platform's name of it." example:"convos_metrics"`
	Door     string   `json:"door,omitempty" doc:"The only door that has it. Absent: s3 and sftp." example:"fileExporter"`
	Every    string   `json:"every" doc:"How often it is exported." example:"60m"`
	Snapshot bool     `json:"snapshot" doc:"Whether each export is the whole table: what it lacks is gone."`
	Repaired []string `json:"repaired,omitempty" doc:"The row key with the parameter dedupe repaired, where it is another."`
}

// ColumnView documents one column.
type ColumnView struct {
	Name  string `json:"name"`
	Type  string `json:"type" enum:"string,id,int,dbl,bool,ts,ms,list,json"`
	Null  string `json:"null" doc:"The null rules, such as N1: starter report page says what they mean."`
	Class string `json:"class,omitempty" doc:"pii or free_text: may be left out as a whole."`
	Doc   string `json:"doc"`

	Source string `json:"source" doc:"The member of the source's record that it is, or what it is made of." example:"$.info.brandId"`
}

// InReport names a report.
type InReport struct {
	Report string `path:"report" maxLength:"100" doc:"The report's id, if wanted with its version: msg.messages@1.0." example:"msg.messages"`
}

// InSample asks for a sample file.
type InSample struct {
	InReport
	Format string `query:"format" maxLength:"16" doc:"One of the report's formats; absent: its first." example:"csv"`
	Vendor string `query:"vendor" maxLength:"100" doc:"In the layout of this vendor; absent: in none." example:"verint"`
}

func (s *Server) reports() {
	const at, tag = "/v1/reports", "reports"
	route(s, operation{Method: http.MethodGet, Path: at, ID: "list-reports", Tag: tag, Summary: "List the catalog"},
		func(context.Context, *struct{}) (*Listing[ReportView], error) {
			out := &Listing[ReportView]{Body: List[ReportView]{Items: []ReportView{}}}
			for _, d := range report.Catalog() {
				out.Body.Items = append(out.Body.Items, viewReport(d))
			}
			return out, nil
		})
	route(s, operation{
		Method: http.MethodGet, Path: at + "/{report}", ID: "get-report", Tag: tag,
		Summary: "Show a report with its columns and parameters", Errors: []int{404},
	},
		func(_ context.Context, in *InReport) (*struct{ Body ReportDetail }, error) {
			d, err := report.Named(in.Report)
			if err != nil {
				return nil, inPath("report", err)
			}
			return &struct{ Body ReportDetail }{detailReport(d)}, nil
		})
	route(s, operation{
		Method: http.MethodGet, Path: at + "/{report}/sample", ID: "sample-report", Tag: tag,
		Summary: "Download a sample file", Doc: "Invented records, rendered by the code that runs use.",
		Errors: []int{404, 422},
	}, s.sampleReport)
}

func (s *Server) sampleReport(ctx context.Context, in *InSample) (*Download, error) {
	d, err := report.Named(in.Report)
	if err != nil {
		return nil, inPath("report", err)
	}
	spec, err := report.Fill(task.Spec{Report: d.ID, Vendor: in.Vendor, Format: in.Format})
	if err != nil {
		return nil, toQuery(err)
	}
	if spec.Format == "" {
		spec.Format = d.Formats[0]
	}
	if !d.Allows(spec.Format) {
		return nil, fault.New(fault.InvalidSpec, "%s is not written as %q", d.ID, spec.Format).
			WithField("query.format").WithFix("use one of %s", strings.Join(d.Formats, ", "))
	}
	return &Download{
		ContentType: "application/octet-stream", Disposition: disposition(d.ID + ".sample." + spec.Format),
		Body: func(hctx huma.Context) {
			if err := s.cfg.Samples.Sample(ctx, d, spec, hctx.BodyWriter()); err != nil {
				s.abort(ctx, "render sample", err)
			}
		},
	}, nil
}

// inPath moves a fault to the path parameter that it is about.
func inPath(param string, err error) error {
	for _, f := range flatten(err) {
		located := *f
		located.Field = "path." + param
		return &located
	}
	return err
}

// toQuery moves a fault of a task's field to the query parameter of that name.
func toQuery(err error) error {
	for _, f := range flatten(err) {
		located := *f
		located.Field = "query." + f.Field
		return &located
	}
	return err
}

func viewReport(d *report.Definition) ReportView {
	return ReportView{
		ID: d.ID, Title: d.Title, Category: d.Category, Version: d.Version, Grain: d.Grain, Formats: d.Formats,
		MinInterval: d.MinInterval.String(), MaxWindow: d.LongestWindow(), DefaultDelay: d.DefaultDelay.String(), Reach: string(d.Reach), Backfill: d.Backfill,
	}
}

func detailReport(d *report.Definition) ReportDetail {
	v := ReportDetail{
		ReportView: viewReport(d), SourceAPI: d.SourceAPI, Doc: d.Doc, Split: d.Split, RowKey: d.RowKey,
		Order: d.Order, Parameters: d.Schema(), Vendors: report.VendorsOf(d.ID),
	}
	if f := d.Feed; f != nil {
		v.Feed = &FeedTable{Table: f.Table, Door: f.Door, Every: f.Every.String(), Snapshot: f.Snapshot, Repaired: f.Repaired}
	}
	for _, c := range report.Doc(d).Columns {
		v.Columns = append(v.Columns, ColumnView{Name: c.Name, Type: string(c.Type), Null: c.Rule.String(), Class: c.Class, Doc: c.Doc, Source: c.Source})
	}
	return v
}
