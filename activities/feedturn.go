package activities

import (
	"context"
	"slices"

	"transporter/internal/fault"
	"transporter/internal/report"
)

// inTurn holds a leg of a feed back until it has what the table was before: changes must be applied
// in order, and a snapshot must not replace a newer one. Only publishing waits; everything up to it
// is done.
func (a *Run) inTurn(ctx context.Context, w *legWork) error {
	def, err := report.Get(w.plan.Spec.Report, w.plan.Version)
	if err != nil || !keepsTable(&w.plan, def) {
		return err
	}
	place, err := a.Feeds.Place(ctx, w.plan.Delivery)
	if err != nil || place.Own == nil || !slices.Contains(place.Base.Legs, w.leg.ID) {
		return err
	}
	before := place.Base.Delivery
	before.Leg = w.leg.ID
	if done, err := a.Book.Receipt(ctx, before); err != nil || done != nil {
		return err
	}
	return fault.New(fault.NotReady, "this is state %d of the table, and state %d, of the window %s, is not delivered here yet",
		place.Own.Number, place.Base.Number, before.Span).
		WithFix("nothing if its run goes on; if that is red, resume it").After(carriedRetry)
}
