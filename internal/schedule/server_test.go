package schedule_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/testsuite"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	"transporter/internal/contract"
	"transporter/internal/realtest"
	"transporter/internal/schedule"
)

const namespace = "default"

// TestServer runs everything that only a real server can tell.
func TestServer(t *testing.T) {
	c := startServer(t)
	for name, test := range map[string]func(*testing.T, client.Client){
		"fires when the calendar says": testFiresWhenTheCalendarSays,
		"fires once":                   testFiresOnce,
		"fires at deadlines":           testFiresAtDeadlines,
		"keeps start and end":          testKeepsStartAndEnd,
		"reads back":                   testReadsBack,
		"notices edits":                testNoticesEdits,
		"sends zone data":              testSendsZoneData,
		"starts the run":               testStartsTheRun,
	} {
		t.Run(name, func(t *testing.T) { test(t, c) })
	}
}

// startServer runs a development server in memory and returns a client that sends our
// tz database along.
func startServer(t *testing.T) client.Client {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	attributes := []string{}
	for name, kind := range map[string]string{
		contract.AttrAccount: "Keyword", contract.AttrTask: "Keyword", contract.AttrReport: "Keyword",
		contract.AttrTrigger: "Keyword", contract.AttrDestination: "KeywordList",
	} {
		attributes = append(attributes, "--search-attribute", name+"="+kind)
	}
	server, err := testsuite.StartDevServer(ctx, testsuite.DevServerOptions{
		ExistingPath:  realtest.Tool(t, "TEMPORAL_CLI", "temporal"),
		LogLevel:      "error",
		DBFilename:    filepath.Join(t.TempDir(), "temporal.db"), // one in memory is lost with a broken connection
		ClientOptions: &client.Options{Namespace: namespace},
		ExtraArgs: append(attributes,
			"--dynamic-config-value", "system.forceSearchAttributesCacheRefreshOnRead=true"),
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop()) })
	c, err := client.Dial(client.Options{
		HostPort: server.FrontendHostPort(), Namespace: namespace,
		ConnectionOptions: client.ConnectionOptions{
			DialOptions: []grpc.DialOption{grpc.WithChainUnaryInterceptor(schedule.TimezoneInterceptor())},
		},
	})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

// mostTimes is how many the server answers at most.
const mostTimes = 1000

// matchingTimes asks the server when a schedule fires, with from < time ≤ to.
func matchingTimes(t *testing.T, c client.Client, id string, from, to time.Time) (times []time.Time) {
	t.Helper()
	for {
		res, err := c.WorkflowService().ListScheduleMatchingTimes(t.Context(), &workflowservice.ListScheduleMatchingTimesRequest{
			Namespace: namespace, ScheduleId: id,
			StartTime: timestamppb.New(from), EndTime: timestamppb.New(to),
		})
		require.NoError(t, err)
		for _, at := range res.GetStartTime() {
			if at.AsTime().After(from) { // an instant on the seam is in two answers
				times = append(times, at.AsTime())
				from = at.AsTime()
			}
		}
		if len(res.GetStartTime()) < mostTimes {
			return times
		}
	}
}
