package httpapi

import (
	"fmt"
	"slices"
	"strings"

	"transporter/internal/account"
	"transporter/internal/fault"
	"transporter/internal/report"
	"transporter/internal/task"
)

// fitsVendor refuses a task in a vendor's layout of which no leg goes the way that its files go.
// Further legs may go anywhere, such as to an archive.
func fitsVendor(snap account.Snapshot, spec task.Spec) error {
	if spec.Vendor == "" {
		return nil
	}
	v, err := report.GetVendor(spec.Vendor)
	if err != nil || len(v.Destinations) == 0 {
		return err
	}
	var kinds []string
	for _, leg := range spec.Destinations {
		kinds = append(kinds, snap.Destinations[leg.Destination].Kind)
	}
	if slices.ContainsFunc(kinds, func(k string) bool { return slices.Contains(v.Destinations, k) }) {
		return nil
	}
	want := strings.Join(v.Destinations, " or ")
	return fault.New(fault.InvalidSpec, "files of %s go to a destination of the kind %s, these are of the kind %s", v.ID, want, strings.Join(kinds, ", ")).
		WithField(fmt.Sprintf("destinations[%d].destination", 0)).WithFix("add or take a destination of the kind %s, or leave the vendor out", want)
}
