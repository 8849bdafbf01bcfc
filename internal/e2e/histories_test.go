package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	failurepb "go.temporal.io/api/failure/v1"
	schedulepb "go.temporal.io/api/schedule/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"transporter/internal/codec"
	"transporter/internal/devstack"
	"transporter/internal/keys"
)

// stored is what the Temporal server keeps, as anybody with access to it reads it.
type stored struct {
	payloads []*commonpb.Payload
	indexed  []*commonpb.Payload // search attributes: in clear by design
	failures []*failurepb.Failure
}

// collect walks a message down to its payloads and failures.
func (s *stored) collect(m protoreflect.Message, indexed bool) {
	switch x := m.Interface().(type) {
	case *commonpb.SearchAttributes:
		indexed = true
	case *commonpb.Payload:
		if indexed {
			s.indexed = append(s.indexed, x)
		} else {
			s.payloads = append(s.payloads, x)
		}
		return
	case *failurepb.Failure:
		s.failures = append(s.failures, x)
	}
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case f.IsMap() && f.MapValue().Message() != nil:
			v.Map().Range(func(_ protoreflect.MapKey, v protoreflect.Value) bool {
				s.collect(v.Message(), indexed)
				return true
			})
		case f.IsMap() || f.Message() == nil:
		case f.IsList():
			for i := range v.List().Len() {
				s.collect(v.List().Get(i).Message(), indexed)
			}
		default:
			s.collect(v.Message(), indexed)
		}
		return true
	})
}

func (s *stored) take(m proto.Message) { s.collect(m.ProtoReflect(), false) }

// kept reads every history, description and schedule of the namespace without any codec.
func (s *stack) kept(t *testing.T) *stored {
	t.Helper()
	c := s.client(t)
	all := &stored{}
	for _, x := range s.workflows(t, c) {
		all.take(x)
		describe := &workflowservice.DescribeWorkflowExecutionRequest{Namespace: devstack.Namespace, Execution: x.GetExecution()}
		d, err := c.WorkflowService().DescribeWorkflowExecution(t.Context(), describe)
		require.NoError(t, err)
		all.take(d)
		history := &workflowservice.GetWorkflowExecutionHistoryRequest{Namespace: devstack.Namespace, Execution: x.GetExecution()}
		for {
			page, err := c.WorkflowService().GetWorkflowExecutionHistory(t.Context(), history)
			require.NoError(t, err)
			all.take(page.GetHistory())
			if history.NextPageToken = page.GetNextPageToken(); len(history.NextPageToken) == 0 {
				break
			}
		}
	}
	for _, entry := range s.schedules(t, c) {
		all.take(entry)
		d, err := c.WorkflowService().DescribeSchedule(t.Context(), &workflowservice.DescribeScheduleRequest{
			Namespace: devstack.Namespace, ScheduleId: entry.GetScheduleId(),
		})
		require.NoError(t, err)
		all.take(d)
	}
	return all
}

// workflows lists the executions of the namespace.
func (s *stack) workflows(t *testing.T, c client.Client) []*workflowpb.WorkflowExecutionInfo {
	t.Helper()
	list, err := c.ListWorkflow(t.Context(), &workflowservice.ListWorkflowExecutionsRequest{Namespace: devstack.Namespace, PageSize: 1000})
	require.NoError(t, err)
	require.NotEmpty(t, list.GetExecutions())
	require.Empty(t, list.GetNextPageToken())
	return list.GetExecutions()
}

func (s *stack) schedules(t *testing.T, c client.Client) []*schedulepb.ScheduleListEntry {
	t.Helper()
	list, err := c.WorkflowService().ListSchedules(t.Context(), &workflowservice.ListSchedulesRequest{
		Namespace: devstack.Namespace, MaximumPageSize: 1000,
	})
	require.NoError(t, err)
	require.NotEmpty(t, list.GetSchedules())
	return list.GetSchedules()
}

// Who has the server's database but no key reads nothing: no payload decodes, failures say
// that they are encoded, and search attributes hold ids, kinds and numbers alone.
func testHistoriesWithoutKeys(t *testing.T, s *stack, n, canaries *needles) {
	all := s.kept(t)
	require.Greater(t, len(all.payloads), 100)
	require.NotEmpty(t, all.failures, "a red run has failures")
	require.NotEmpty(t, all.indexed)
	for _, p := range all.payloads {
		require.Equal(t, codec.Encoding, string(p.GetMetadata()[converter.MetadataEncoding]), "%s", p.GetData())
		var v any
		require.Error(t, converter.GetDefaultDataConverter().FromPayload(p, &v))
		require.Empty(t, n.in(p.GetData()))
		require.Empty(t, canaries.in(p.GetData()))
	}
	for _, f := range all.failures {
		if f.GetEncodedAttributes() == nil { // made by the server: cancelled, timed out
			require.Nil(t, f.GetApplicationFailureInfo(), f.GetMessage())
			continue
		}
		require.Equal(t, "Encoded failure", f.GetMessage())
		require.Empty(t, f.GetStackTrace())
	}
	for _, p := range all.indexed {
		require.Empty(t, n.in(p.GetData()))
		require.Empty(t, canaries.in(p.GetData()))
	}
}

// The codec key opens payloads, and there is no secret inside: only sealed ones, which the
// workers alone can open.
func testHistoriesDecoded(t *testing.T, s *stack, n, canaries *needles) {
	ring, err := keys.Codec(s.Keys())
	require.NoError(t, err)
	clear, err := codec.New(ring, devstack.Namespace).Decode(s.kept(t).payloads)
	require.NoError(t, err)
	var whole []byte
	for _, p := range clear {
		require.Empty(t, n.in(p.GetData()), "%s", p.GetData())
		whole = append(append(whole, p.GetData()...), '\n')
	}
	found := canaries.in(whole)
	require.Contains(t, found, "brand (raw)", "the search looks into what was decoded")
	require.Contains(t, found, "file (raw)")
	for _, f := range found {
		require.NotContains(t, f, "content", "records never travel through Temporal")
	}
	require.Contains(t, string(whole), `"kid":"`, "sealed secrets are there")
}
