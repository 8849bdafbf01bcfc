package report

import (
	"embed"
	"slices"
	"strings"
	"sync"

	"transporter/internal/fault"
	"transporter/internal/task"
)

//go:embed vendors/*.yaml
var vendorFiles embed.FS

// Vendor is the layout of the files that a vendor's tool takes in, as its data file under vendors/
// states it. It is a preset: what a task leaves empty is filled in from it when the task is saved
// (Fill), and is the task's own from then on.
type Vendor struct {
	ID           string          `json:"id"`
	Title        string          `json:"title"`
	Doc          string          `json:"doc"`
	Format       string          `json:"format"`
	Parameters   Params          `json:"parameters,omitempty"`
	Formatting   task.Formatting `json:"formatting"`             // without columns: those are each report's
	Destinations []string        `json:"destinations,omitempty"` // kinds, of which a task needs one; empty: any
	Reports      []VendorFile    `json:"reports"`
}

// VendorFile is the layout of the files of one report. FileName tells when the window ended.
type VendorFile struct {
	Report   string            `json:"report"`
	FileName string            `json:"fileName"`
	Columns  []task.FileColumn `json:"columns"`
}

var loadVendors = sync.OnceValue(func() []Vendor {
	all, err := readVendors(vendorFiles, "vendors")
	if err != nil {
		panic("read vendors: " + err.Error()) // they ship with the program: a test finds it
	}
	return all
})

// Vendors returns every vendor with a layout, sorted by id. They are shared: read only.
func Vendors() []Vendor { return loadVendors() }

// GetVendor returns the vendor of that id. An unknown one is fault.NotFound and names what there is.
func GetVendor(id string) (Vendor, error) {
	var known []string
	for _, v := range Vendors() {
		if v.ID == id {
			return v, nil
		}
		known = append(known, v.ID)
	}
	return Vendor{}, fault.New(fault.NotFound, "no vendor %q", id).WithField("vendor").WithFix("use one of %s", strings.Join(known, ", "))
}

// VendorsOf returns the ids of the vendors with a layout of the report.
func VendorsOf(id string) (ids []string) {
	for _, v := range Vendors() {
		if slices.ContainsFunc(v.Reports, func(f VendorFile) bool { return f.Report == id }) {
			ids = append(ids, v.ID)
		}
	}
	return ids
}
