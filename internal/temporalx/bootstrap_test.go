package temporalx_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/types/known/durationpb"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/temporalx"
	"transporter/internal/temporalx/temporaltest"
)

func TestBootstrap(t *testing.T) {
	ctx := context.Background()
	s := temporaltest.Start(t, temporaltest.Options{})
	c := s.Client()

	require.NoError(t, temporalx.Bootstrap(ctx, s.ClientOptions()), "a second time changes nothing")
	is, err := c.WorkflowService().DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: s.Namespace})
	require.NoError(t, err)
	require.Equal(t, temporalx.Retention, is.GetConfig().GetWorkflowExecutionRetentionTtl().AsDuration())
	have, err := c.OperatorService().ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: s.Namespace})
	require.NoError(t, err)
	require.Equal(t, enumspb.INDEXED_VALUE_TYPE_KEYWORD_LIST, have.CustomAttributes[contract.AttrDestination])
	require.Equal(t, enumspb.INDEXED_VALUE_TYPE_DATETIME, have.CustomAttributes[contract.AttrWindowEnd])

	t.Run("raises a short retention", func(t *testing.T) {
		register(t, s, "short", 24*time.Hour)
		o := s.ClientOptions()
		o.Namespace = "short"
		require.NoError(t, temporalx.Bootstrap(ctx, o))
		is, err := c.WorkflowService().DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: "short"})
		require.NoError(t, err)
		require.Equal(t, temporalx.Retention, is.GetConfig().GetWorkflowExecutionRetentionTtl().AsDuration())
	})
	t.Run("refuses an attribute of another type", func(t *testing.T) {
		register(t, s, "odd", 24*time.Hour)
		_, err := c.OperatorService().AddSearchAttributes(ctx, &operatorservice.AddSearchAttributesRequest{
			Namespace:        "odd",
			SearchAttributes: map[string]enumspb.IndexedValueType{contract.AttrRecords: enumspb.INDEXED_VALUE_TYPE_TEXT},
		})
		require.NoError(t, err)
		o := s.ClientOptions()
		o.Namespace = "odd"
		err = temporalx.Bootstrap(ctx, o)
		require.True(t, fault.Is(err, fault.InvalidSpec), "%v", err)
		require.ErrorContains(t, err, contract.AttrRecords)
	})
}

func register(t *testing.T, s *temporaltest.Server, namespace string, retention time.Duration) {
	_, err := s.Client().WorkflowService().RegisterNamespace(context.Background(), &workflowservice.RegisterNamespaceRequest{
		Namespace: namespace, WorkflowExecutionRetentionPeriod: durationpb.New(retention),
	})
	require.NoError(t, err)
}

func TestDialSaysWhatToDo(t *testing.T) {
	_, err := temporalx.Dial(context.Background(), temporalx.Options{HostPort: "127.0.0.1:1", Namespace: "test", Keys: testKeys{}})
	require.True(t, fault.Is(err, fault.Upstream), "%v", err)
	require.ErrorContains(t, err, "TEMPORAL_ADDRESS")

	_, err = temporalx.Dial(context.Background(), temporalx.Options{})
	require.True(t, fault.Is(err, fault.ConfigMissing), "%v", err)
}

type testKeys struct{}

func (testKeys) Active() string            { return "k" }
func (testKeys) Key(string) ([]byte, bool) { return make([]byte, 32), true }
