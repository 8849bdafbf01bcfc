package liveperson

import (
	"context"
	"maps"
	"slices"
	"strings"

	"transporter/internal/fault"
	"transporter/internal/source"
)

// resource is one kind of records that an API gives.
type resource struct {
	api api
	// begin checks the query, without a call, and returns how it is read.
	begin func(c *Client, q source.Query) (reading, error)
	// probe reads as little as there is, to see that it may be read.
	probe func(ctx context.Context, c *Client) error
}

// reading is one query on its way: how its axis is cut, and how one slice is read.
type reading struct {
	cut  func(context.Context) ([]source.Slice, error)
	read func(context.Context, source.Slice, source.Sink) error
}

// resources are all that can be read, by the name that reports and queries use.
var resources = func() map[string]resource {
	all := map[string]resource{
		Interactions: interactions, Chats: chats,
		AgentActivity: agentActivity.resource(), HandleTime: handleTime.resource(), HandleBreakdown: handleBreakdown,
		Outbound:      outbound,
		NetHandleTime: netHandleTime, ChatSLABySkill: chatSLABySkill,
	}
	for name, l := range lists {
		all[name] = l.resource()
	}
	all[AgentStatus], all[AgentSummary], all[QueuesNow] = agentStatus.resource(), agentSummary.resource(), queuesOfBoth
	all[KeyMetrics], all[KeyMetricsAgents], all[KeyMetricsTrend] = keyMetrics.resource(), keyMetricsAgents.resource(), keyMetricsTrend
	for _, live := range []map[string]series{operations, realtime} {
		for name, m := range live {
			all[name] = m.resource()
		}
	}
	for _, now := range []map[string]snapshot{operationsNow, realtimeNow} {
		for name, m := range now {
			all[name] = m.resource()
		}
	}
	return all
}()

func findResource(name string) (resource, error) {
	r, ok := resources[name]
	if !ok {
		return resource{}, fault.New(fault.InvalidSpec, "%q is nothing that can be read", name).WithField("resource").
			WithFix("give one of %s", strings.Join(slices.Sorted(maps.Keys(resources)), ", "))
	}
	return r, nil
}

// inOnePiece is the plan of a query that one call, or one walk over pages, answers.
func inOnePiece(context.Context) ([]source.Slice, error) { return []source.Slice{{Key: "all"}}, nil }
