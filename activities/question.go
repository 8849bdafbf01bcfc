package activities

import (
	"slices"
	"time"

	"transporter/internal/fault"
	"transporter/internal/report"
	"transporter/internal/source"
	"transporter/internal/transform"
)

// question is what a plan asks its source, and where the answer is staged.
type question struct {
	def    *report.Definition
	query  source.Query // of the report's own resource
	parts  []asked      // of every resource, that one last
	prefix string
}

// asked is what is asked of one resource.
type asked struct {
	source.Query

	live string // where what is counted live stays for later readings of the window; empty: it does not
	late bool   // the source is not asked: it does not know the window any more, or not yet
	need bool   // the source does not know all of it any more, and rows that were delivered are made of it
}

func questionOf(plan *Plan, now time.Time) (q question, err error) {
	if q.def, err = report.Get(plan.Spec.Report, plan.Version); err != nil {
		return q, err
	}
	q.query = source.Query{
		Resource: q.def.Resource, From: plan.Window.From, To: plan.Window.To,
		Params: q.def.QueryParams(plan.Spec.Parameters), Now: now.UnixMilli(), Turn: plan.turn(now),
		Accepted: plan.acceptedRecords(),
	}
	q.query.From -= leadOf(q.def, plan, now)
	if q.def.Feed != nil {
		feedQuery(&q.query, q.def, plan.Spec.Parameters)
		q.query.Accepted = withoutWithdrawn(q.query.Accepted)
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
	if err != nil {
		return q, err
	}
	q.prefix = pagesPrefix(plan.Delivery) + "/" + key
	q.parts, err = q.cut(plan, now)
	return q, err
}

// cut lists one query for each resource: joined lists first, so that they are pinned close to
// the records that they name.
func (q question) cut(plan *Plan, now time.Time) (parts []asked, err error) {
	for _, resource := range q.def.Joins {
		part := q.query
		part.Resource, part.Params = resource, nil
		parts = append(parts, asked{Query: part})
	}
	for i := range q.def.Also {
		also := &q.def.Also[i]
		if !q.def.Wants(also, plan.Spec.Parameters) {
			continue
		}
		part, err := q.also(also, plan, now)
		if err != nil {
			return nil, err
		}
		if !part.late || part.need || part.live != "" {
			parts = append(parts, part)
		}
	}
	return append(parts, asked{Query: q.query}), nil
}

// also is what is asked of a further resource.
func (q question) also(also *report.Also, plan *Plan, now time.Time) (part asked, err error) {
	part.Query = q.query
	part.Resource, part.Params = also.Resource, q.def.AlsoParams(also, plan.Spec.Parameters)
	from, to, known := q.def.AlsoWindow(also, plan.Spec.Parameters, plan.Window.From, plan.Window.To, now)
	part.From, part.To, part.late = from, to, !known
	if plan.looks() && plan.Before.Tracked != nil && slices.Contains(plan.Before.Tracked.Also, also.Resource) {
		part.need = part.late || part.From > plan.Window.From
	}
	if also.Live && plan.tracks(transform.Job{Report: q.def, Params: plan.Spec.Parameters}) {
		key, err := digest("live/1", plan.Spec.Source, plan.PlatformAccount, part.Resource, part.Params, plan.Window)
		part.live = livePrefix(plan.Delivery) + "/" + key
		return part, err
	}
	return part, nil
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
