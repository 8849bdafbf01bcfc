package httpapi

import (
	"context"
	"net/http"

	"transporter/internal/report"
	"transporter/internal/task"
)

// VendorView is the layout of the files that a vendor's tool takes in.
type VendorView struct {
	ID           string           `json:"id" example:"verint"`
	Title        string           `json:"title" example:"Verint"`
	Doc          string           `json:"doc" doc:"What of it is known and what is ours."`
	Format       string           `json:"format" example:"csv"`
	Parameters   map[string]any   `json:"parameters,omitempty"`
	Formatting   task.Formatting  `json:"formatting" doc:"Of all its reports; columns are each report's."`
	Destinations []string         `json:"destinations,omitempty" doc:"Kinds of destinations, of which a task needs one; absent: any."`
	Reports      []VendorFileView `json:"reports" nullable:"false"`
}

// VendorFileView is the layout of the files of one report.
type VendorFileView struct {
	Report   string            `json:"report" example:"wfm.skill_interval"`
	FileName string            `json:"fileName" doc:"Template of the file name, with the end of the window."`
	Columns  []task.FileColumn `json:"columns" nullable:"false"`
}

// InVendor names a vendor.
type InVendor struct {
	Vendor string `path:"vendor" maxLength:"100" doc:"The vendor's id." example:"verint"`
}

func (s *Server) vendors() {
	const at, tag = "/v1/vendors", "reports"
	route(s, operation{Method: http.MethodGet, Path: at, ID: "list-vendors", Tag: tag, Summary: "List the vendors with a layout"},
		func(context.Context, *struct{}) (*Listing[VendorView], error) {
			out := &Listing[VendorView]{Body: List[VendorView]{Items: []VendorView{}}}
			for _, v := range report.Vendors() {
				out.Body.Items = append(out.Body.Items, viewVendor(v))
			}
			return out, nil
		})
	route(s, operation{
		Method: http.MethodGet, Path: at + "/{vendor}", ID: "get-vendor", Tag: tag,
		Summary: "Show the layout of a vendor's files", Errors: []int{404},
	},
		func(_ context.Context, in *InVendor) (*struct{ Body VendorView }, error) {
			v, err := report.GetVendor(in.Vendor)
			if err != nil {
				return nil, inPath("vendor", err)
			}
			return &struct{ Body VendorView }{viewVendor(v)}, nil
		})
}

func viewVendor(v report.Vendor) VendorView {
	out := VendorView{ID: v.ID, Title: v.Title, Doc: v.Doc, Format: v.Format, Formatting: v.Formatting, Destinations: v.Destinations}
	for name, value := range v.Parameters {
		if out.Parameters == nil {
			out.Parameters = map[string]any{}
		}
		out.Parameters[name] = value
	}
	for _, f := range v.Reports {
		out.Reports = append(out.Reports, VendorFileView(f))
	}
	return out
}
