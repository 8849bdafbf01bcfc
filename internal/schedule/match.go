package schedule

import (
	"fmt"
	"maps"
	"reflect"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
)

// Parts of a schedule that Differences names.
const (
	PartSpec       = "spec"       // when it fires
	PartExceptions = "exceptions" // the days of clock changes: due for a rewrite, nobody's edit
	PartAction     = "action"     // what it starts, with which arguments and attributes
	PartText       = "text"       // summary and details
	PartPolicies   = "policies"
	PartState      = "state" // paused, remaining actions
	PartZones      = "zones" // written with another tz database: due for a rewrite, nobody's edit
)

// defaultCatchup is what a server answers for a catch-up window that was left unset.
const defaultCatchup = 365 * 24 * time.Hour

// Differences compares a schedule as described by the server with what Options asks for
// and returns the parts that differ, none when it still is what we wrote. Notes are not
// compared: people write them. Of a schedule that another tz database wrote, times and texts
// are not compared either: PartZones stands for whatever became of them. The converter is the
// one the schedule was written with.
func Differences(d *client.ScheduleDescription, o client.ScheduleOptions, dc converter.DataConverter) ([]string, error) {
	if d == nil || d.Schedule.Spec == nil || d.Schedule.Policy == nil || d.Schedule.State == nil {
		return nil, fmt.Errorf("compare schedule %s: the description is incomplete", o.ID)
	}
	have, ok := d.Schedule.Action.(*client.ScheduleWorkflowAction)
	if !ok {
		return []string{PartAction}, nil
	}
	want := o.Action.(*client.ScheduleWorkflowAction)
	sameInput, err := sameArguments(have.Args, want.Args, dc)
	if err != nil {
		return nil, fmt.Errorf("compare schedule %s: %w", o.ID, err)
	}
	var parts []string
	differ := func(part string, same bool) {
		if !same {
			parts = append(parts, part)
		}
	}
	if with := writtenWith(have.StaticDetails); with != "" && with != writtenWith(want.StaticDetails) {
		differ(PartZones, false)
	} else {
		regularHave, exceptionsHave := split(*d.Schedule.Spec)
		regularWant, exceptionsWant := split(o.Spec)
		differ(PartSpec, reflect.DeepEqual(regularHave, regularWant))
		differ(PartExceptions, reflect.DeepEqual(exceptionsHave, exceptionsWant))
		differ(PartText, have.StaticSummary == want.StaticSummary && have.StaticDetails == want.StaticDetails)
	}
	differ(PartAction, sameInput && sameAction(have, want))
	differ(PartPolicies, samePolicies(*d.Schedule.Policy, o))
	s := d.Schedule.State
	differ(PartState, s.Paused == o.Paused && s.LimitedActions == (o.RemainingActions > 0))
	return parts, nil
}

// sameAction compares everything that decides what a run is. Remaining defaults of the
// server, such as time-outs of zero, read back as zero.
func sameAction(have, want *client.ScheduleWorkflowAction) bool {
	return have.ID == want.ID &&
		have.Workflow == want.Workflow &&
		have.TaskQueue == want.TaskQueue &&
		have.WorkflowExecutionTimeout == want.WorkflowExecutionTimeout &&
		have.WorkflowRunTimeout == want.WorkflowRunTimeout &&
		have.RetryPolicy == nil &&
		have.Priority == want.Priority &&
		sameAttributes(have.TypedSearchAttributes, want.TypedSearchAttributes) &&
		len(have.UntypedSearchAttributes) == 0
}

func sameAttributes(have, want temporal.SearchAttributes) bool {
	byName := func(sa temporal.SearchAttributes) map[string]any {
		m := map[string]any{}
		for k, v := range sa.GetUntypedValues() {
			m[k.GetName()] = v
		}
		return m
	}
	return maps.EqualFunc(byName(have), byName(want), reflect.DeepEqual)
}

func samePolicies(p client.SchedulePolicies, o client.ScheduleOptions) bool {
	catchup := p.CatchupWindow
	if catchup == defaultCatchup {
		catchup = 0
	}
	return p.Overlap == o.Overlap && catchup == o.CatchupWindow && p.PauseOnFailure == o.PauseOnFailure
}

// sameArguments decodes what the server holds; another number of arguments is a
// difference, bytes that cannot be decoded are an error.
func sameArguments(have, want []any, dc converter.DataConverter) (bool, error) {
	if len(have) != len(want) {
		return false, nil
	}
	for i := range have {
		payload, ok := have[i].(*commonpb.Payload)
		if !ok {
			return false, nil
		}
		input := reflect.New(reflect.TypeOf(want[i]))
		if err := dc.FromPayload(payload, input.Interface()); err != nil {
			return false, fmt.Errorf("decode the arguments: %w", err)
		}
		if !reflect.DeepEqual(input.Elem().Interface(), want[i]) {
			return false, nil
		}
	}
	return true, nil
}

// split separates what always holds from the exceptions near clock changes, and puts
// both in the form in which server and SDK give them back.
func split(s client.ScheduleSpec) (regular, exceptions client.ScheduleSpec) {
	regular = client.ScheduleSpec{
		StartAt: s.StartAt.UTC(), EndAt: s.EndAt.UTC(), Jitter: s.Jitter, TimeZoneName: s.TimeZoneName,
	}
	regular.CronExpressions = append(regular.CronExpressions, s.CronExpressions...)
	for _, c := range s.Calendars {
		c = filled(c)
		if len(c.Year) > 0 && s.TimeZoneName != "" {
			exceptions.Calendars = append(exceptions.Calendars, c)
		} else {
			regular.Calendars = append(regular.Calendars, c)
		}
	}
	for _, i := range s.Intervals {
		if s.TimeZoneName != "" {
			exceptions.Intervals = append(exceptions.Intervals, i)
		} else {
			regular.Intervals = append(regular.Intervals, i)
		}
	}
	for _, c := range s.Skip {
		exceptions.Skip = append(exceptions.Skip, filled(c))
	}
	return regular, exceptions
}

// filled writes out the defaults of a calendar entry and leaves out an empty year.
func filled(c client.ScheduleCalendarSpec) client.ScheduleCalendarSpec {
	set := func(r *[]client.ScheduleRange, start, end int) {
		if len(*r) == 0 {
			*r = []client.ScheduleRange{{Start: start, End: end, Step: 1}}
		}
	}
	set(&c.Second, 0, 0)
	set(&c.Minute, 0, 0)
	set(&c.Hour, 0, 0)
	set(&c.DayOfMonth, 1, 31)
	set(&c.Month, 1, 12)
	set(&c.DayOfWeek, 0, 6)
	if len(c.Year) == 0 {
		c.Year = nil
	}
	return c
}
