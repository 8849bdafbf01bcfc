package asapp

import (
	"context"
	"fmt"

	"transporter/internal/fault"
	"transporter/internal/probe"
	"transporter/internal/source"
)

// stepList asks which feeds there are.
const stepList = "list feeds"

// mostNamed is how many feeds a test names.
const mostNamed = 5

// Test implements source.Tested: which feeds are there, and may their objects be listed? Tables
// that an account does not have are no fault: which are exported is agreed with the platform.
func (s *Source) Test(ctx context.Context, _ []string) (probe.Log, error) {
	log := probe.Begin()
	n, names := 0, ""
	for name, err := range s.Door.Folders(ctx, "") {
		if err != nil {
			return log, log.Tried(stepList, err)
		}
		if n++; n <= mostNamed {
			names += ", " + name
		}
	}
	if n == 0 {
		return log, log.Tried(stepList, fault.New(fault.NotFound, "nothing is exported there").
			WithFix("check bucket and sub-folder; if they are right, ask the platform which feeds are scheduled"))
	}
	log.Found(stepList, fmt.Sprintf("feeds: %d (%s)", n, names[2:]))
	return log, nil
}

var _ source.Tested = (*Source)(nil)
