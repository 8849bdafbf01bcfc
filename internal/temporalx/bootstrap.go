package temporalx

import (
	"context"
	"errors"
	"fmt"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	namespacepb "go.temporal.io/api/namespace/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/types/known/durationpb"

	"transporter/internal/contract"
	"transporter/internal/fault"
)

const (
	// Retention is how long closed executions stay: the 28 days of history that the
	// product promises, and a margin.
	Retention = 720 * time.Hour
	// settle is how long a new namespace or attribute may take to be known everywhere: the
	// server's caches live ten seconds and more.
	settle     = 90 * time.Second
	settlePoll = 200 * time.Millisecond
)

// attributes are the search attributes and their types (contract/names.go).
var attributes = map[string]enumspb.IndexedValueType{
	contract.AttrAccount:     enumspb.INDEXED_VALUE_TYPE_KEYWORD,
	contract.AttrTask:        enumspb.INDEXED_VALUE_TYPE_KEYWORD,
	contract.AttrReport:      enumspb.INDEXED_VALUE_TYPE_KEYWORD,
	contract.AttrTrigger:     enumspb.INDEXED_VALUE_TYPE_KEYWORD,
	contract.AttrOutcome:     enumspb.INDEXED_VALUE_TYPE_KEYWORD,
	contract.AttrDestination: enumspb.INDEXED_VALUE_TYPE_KEYWORD_LIST,
	contract.AttrWindowEnd:   enumspb.INDEXED_VALUE_TYPE_DATETIME,
	contract.AttrRecords:     enumspb.INDEXED_VALUE_TYPE_INT,
	contract.AttrBytes:       enumspb.INDEXED_VALUE_TYPE_INT,

	contract.AttrConversationState: enumspb.INDEXED_VALUE_TYPE_KEYWORD,
	contract.AttrRelayStopped:      enumspb.INDEXED_VALUE_TYPE_BOOL,
}

// Bootstrap makes the namespace usable: it exists, keeps closed executions for Retention
// at least, knows the search attributes and has the maintenance schedules. It returns when the server accepts them in a
// query. Idempotent, and safe to run while the programs work.
func Bootstrap(ctx context.Context, o Options) error {
	options, err := ClientOptions(o)
	if err != nil {
		return err
	}
	c, err := Dial(ctx, o)
	if err != nil {
		return err
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(ctx, settle)
	defer cancel()
	if err := ensureNamespace(ctx, c.WorkflowService(), options.Namespace); err != nil {
		return err
	}
	if err := eventually(ctx, func() error { return ensureAttributes(ctx, c, options.Namespace) }); err != nil {
		return err
	}
	if err := eventually(ctx, func() error { return ensureMaintenance(ctx, c) }); err != nil {
		return err
	}
	return eventually(ctx, func() error {
		_, err := c.CountWorkflow(ctx, &workflowservice.CountWorkflowExecutionsRequest{
			Namespace: options.Namespace, Query: usable(),
		})
		return err
	})
}

// usable is a query that names every attribute, so that it works only when all are known.
func usable() string {
	query := ""
	for name := range attributes {
		if query != "" {
			query += " AND "
		}
		query += name + " IS NULL"
	}
	return query
}

func ensureNamespace(ctx context.Context, service workflowservice.WorkflowServiceClient, namespace string) error {
	_, err := service.RegisterNamespace(ctx, &workflowservice.RegisterNamespaceRequest{
		Namespace: namespace, WorkflowExecutionRetentionPeriod: durationpb.New(Retention),
		Description: "transporter",
	})
	if exists := new(serviceerror.NamespaceAlreadyExists); err == nil || !errors.As(err, &exists) {
		return wrap("create namespace "+namespace, err)
	}
	is, err := service.DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: namespace})
	if err != nil || is.GetConfig().GetWorkflowExecutionRetentionTtl().AsDuration() >= Retention {
		return wrap("describe namespace "+namespace, err)
	}
	_, err = service.UpdateNamespace(ctx, &workflowservice.UpdateNamespaceRequest{
		Namespace: namespace,
		Config:    &namespacepb.NamespaceConfig{WorkflowExecutionRetentionTtl: durationpb.New(Retention)},
	})
	return wrap("raise the retention of namespace "+namespace, err)
}

func ensureAttributes(ctx context.Context, c client.Client, namespace string) error {
	have, err := c.OperatorService().ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: namespace})
	if err != nil {
		return wrap("list search attributes", err)
	}
	missing := map[string]enumspb.IndexedValueType{}
	for name, want := range attributes {
		is, ok := have.GetCustomAttributes()[name]
		switch {
		case !ok:
			missing[name] = want
		case is != want:
			return fault.New(fault.InvalidSpec, "search attribute %s is of type %s in namespace %s, not %s", name, is, namespace, want).
				WithFix("use another namespace, or remove the attribute with: temporal operator search-attribute remove")
		}
	}
	if len(missing) == 0 {
		return nil
	}
	_, err = c.OperatorService().AddSearchAttributes(ctx, &operatorservice.AddSearchAttributesRequest{
		Namespace: namespace, SearchAttributes: missing,
	})
	if exists := new(serviceerror.AlreadyExists); errors.As(err, &exists) { // another bootstrap was quicker
		return nil
	}
	return wrap("add search attributes", err)
}

// eventually repeats what fails only because caches of the server are old. A wrong
// configuration fails at once.
func eventually(ctx context.Context, try func() error) error {
	for {
		err := try()
		if err == nil || fault.Is(err, fault.InvalidSpec) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(settlePoll):
		}
	}
}

func wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}
