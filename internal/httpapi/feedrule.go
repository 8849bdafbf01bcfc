package httpapi

import (
	"errors"
	"fmt"

	"transporter/internal/fault"
	"transporter/internal/report"
	"transporter/internal/task"
)

// feedRevisions has the windows of a feed revised unless its task says that they are not: a
// platform exports partitions anew.
func feedRevisions(spec task.Spec) task.Spec {
	def, err := report.Get(spec.Report, spec.Version)
	if err == nil && def.Feed != nil && spec.Revisions.Mode == "" {
		spec.Revisions.Mode = task.RevisionsFull
	}
	return spec
}

// fitsFeed refuses what cannot be right for a feed.
func fitsFeed(spec task.Spec, def *report.Definition) error {
	if def.Feed == nil {
		return nil
	}
	var errs []error
	delivery := def.FeedDelivery(spec.Parameters)
	if len(spec.Revisions.CheckAfter) > 0 {
		errs = append(errs, fault.New(fault.InvalidSpec, "the partitions of feeds are looked at every hour, older ones every day").
			WithField("revisions.checkAfter").WithFix("leave it out"))
	}
	if delivery != report.DeliveryLeaf && spec.Revisions.Mode == task.RevisionsChanges {
		errs = append(errs, fault.New(fault.InvalidSpec, "what a partition that was exported anew changes is delivered as the task delivers everything: %s", delivery).
			WithField("revisions.mode").WithFix("choose full or none"))
	}
	for i, leg := range spec.Destinations {
		if delivery == report.DeliveryChanges && leg.Layout == task.LayoutPartitioned && spec.Revisions.On() {
			errs = append(errs, fault.New(fault.InvalidSpec, "a revision takes the place of the files in a partition, and the changes there would be lost").
				WithField(fmt.Sprintf("destinations[%d].layout", i)).
				WithFix("use the flat layout, parameters.delivery leaf or snapshot, or revisions.mode none"))
		}
	}
	return errors.Join(errs...)
}
