package activities

import (
	"time"

	"transporter/internal/fault"
	"transporter/internal/report"
	"transporter/internal/source"
)

// question is what a plan asks its source, and where the answer is staged.
type question struct {
	def    *report.Definition
	query  source.Query   // of the report's own resource
	parts  []source.Query // of every resource, that one last
	prefix string
}

func questionOf(plan *Plan, now time.Time) (q question, err error) {
	if q.def, err = report.Get(plan.Spec.Report, plan.Version); err != nil {
		return q, err
	}
	q.query = source.Query{
		Resource: q.def.Resource, From: plan.Window.From, To: plan.Window.To,
		Params: q.def.QueryParams(plan.Spec.Parameters), Now: now.UnixMilli(), Turn: plan.turn(now),
	}
	q.query.From -= leadOf(q.def, plan, now)
	if q.def.Feed != nil {
		feedQuery(&q.query, q.def, plan.Spec.Parameters)
	}
	inputs := []any{plan.Spec.Source, plan.PlatformAccount, q.query.Resource, q.query.Params, q.def.Joins, plan.Window}
	if len(q.def.Also) > 0 {
		inputs = append(inputs, q.def.Also, plan.Spec.Parameters)
	}
	if plan.looks() { // what an earlier look read says nothing of now
		inputs = append(inputs, plan.Look)
	}
	if at, ok := q.def.AsOf(plan.Spec.Parameters); ok {
		inputs = append(inputs, at)
	}
	key, err := digest("fetch/1", inputs...)
	q.prefix = pagesPrefix(plan.Delivery) + "/" + key
	q.parts = q.cut(plan, now)
	return q, err
}

// cut lists one query for each resource: joined lists first, so that they are pinned close to
// the records that they name.
func (q question) cut(plan *Plan, now time.Time) (parts []source.Query) {
	for _, resource := range q.def.Joins {
		part := q.query
		part.Resource, part.Params = resource, nil
		parts = append(parts, part)
	}
	for i := range q.def.Also {
		also, part := &q.def.Also[i], q.query
		part.Resource, part.Params = also.Resource, q.def.AlsoParams(also, plan.Spec.Parameters)
		var asked bool
		if part.From, part.To, asked = q.def.AlsoWindow(also, plan.Spec.Parameters, plan.Window.From, plan.Window.To, now); asked && q.def.Wants(also, plan.Spec.Parameters) {
			parts = append(parts, part)
		}
	}
	return append(parts, q.query)
}

// alone reports whether nothing is asked but the report's own resource and configuration lists.
func (q question) alone() bool { return len(q.parts) == len(q.def.Joins)+1 }

// commit is the key of the answer's commit record.
func (q question) commit() string { return q.prefix + "/commit" }

// reachable refuses a window that the source no longer knows, before asking it. What was
// fetched in time stays deliverable for good.
func reachable(def *report.Definition, plan *Plan, now time.Time) error {
	from := time.UnixMilli(plan.Window.From).UTC()
	since, bounded := def.Reach.Since(now)
	switch {
	case bounded && from.Before(since):
		return fault.New(fault.Expired, "the window begins %s, the source keeps %s", from.Format(time.RFC3339), def.Reach).
			WithFix("nothing can be done: these records are gone at the source")
	case !bounded && !plan.NextFire.IsZero() && !now.Before(plan.NextFire):
		return fault.New(fault.Expired, "%s shows the state as it is now; the next run is due already", def.Title).
			WithFix("nothing can be done: the state of that time is gone")
	}
	return nil
}
