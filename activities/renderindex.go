package activities

import (
	"cmp"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/feed"
	"transporter/internal/manifest"
	"transporter/internal/report"
)

// RenderIndex lists the rendered parts of a window: bodies without their envelopes.
type RenderIndex struct {
	Report  string         `json:"report,omitempty"` // id@version that made them
	Parts   []RenderedPart `json:"parts"`
	LeftOut int64          `json:"leftOut,omitempty"` // records in quarantine that were accepted

	Replaced int64 `json:"replaced,omitempty"` // characters written as another

	Columns []string `json:"columns,omitempty"` // transform.Result

	Tracked *contract.Tracked `json:"tracked,omitempty"` // how it differs from the delivery before
	Table   *manifest.Table   `json:"table,omitempty"`   // which state of a feed's table it is
	Absent  feed.Windows      `json:"silent,omitempty"`  // of which parts of the window a feed has nothing
	Tells   bool              `json:"tells,omitempty"`   // the delivery before did not say so of these parts
}

// sameReport refuses to go on with what another version of the report has rendered, as happens when a new
// release takes over: a head or a list of columns of its own would not fit.
func sameReport(rendered string, def *report.Definition) error {
	if rendered = cmp.Or(rendered, def.ID+"@1.0"); rendered == def.Ref() { // before it was noted, there was no other
		return nil
	}
	return fault.New(fault.SchemaMismatch, "the files of this window were made by %s, and this release has %s", rendered, def.Ref()).
		WithFix("resume the run, which makes them anew; what was delivered is sent again by running the window once more")
}

// RenderedPart is one part's body.
type RenderedPart struct {
	Body    Ref   `json:"body"`
	Part    int   `json:"part"`
	Entries int64 `json:"entries"`
	Rows    int64 `json:"rows"`
	Tail    int64 `json:"tail,omitempty"` // transform.PartInfo.Tail

	Of string `json:"of,omitempty"` // the second file that it is of
}

// place is which one of how many parts of its kind it is: receivers read each kind as a set of files
// of its own.
func (x *RenderIndex) place(part RenderedPart) (nth, of int) {
	for _, p := range x.Parts {
		if p.Of != part.Of {
			continue
		}
		if of++; p.Part <= part.Part {
			nth++
		}
	}
	return nth, of
}
