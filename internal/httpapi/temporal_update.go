package httpapi

import (
	"context"

	"go.temporal.io/sdk/client"
)

// maxUpdates is how many updates of one workflow are in flight in this process: the server
// takes ten, and past that clients back off by seconds.
const maxUpdates = 8

// update sends an update and reads its answer into out, which may be nil. A workflow that has ended is
// begun anew for it if begin says how.
func (t *Temporal) update(ctx context.Context, workflowID, name string, in, out any, begin client.WithStartWorkflowOperation) error {
	ctx, cancel := context.WithTimeout(ctx, updateTimeout)
	defer cancel()
	made, _ := t.gates.LoadOrStore(workflowID, make(chan struct{}, maxUpdates))
	gate := made.(chan struct{})
	select {
	case gate <- struct{}{}:
		defer t.leave(workflowID, gate)
	case <-ctx.Done():
		return t.classify(name, ctx.Err())
	}
	handle, err := t.send(ctx, begin, client.UpdateWorkflowOptions{
		WorkflowID: workflowID, UpdateName: name, Args: []any{in}, WaitForStage: client.WorkflowUpdateStageCompleted,
	})
	if err == nil {
		err = handle.Get(ctx, out)
	}
	return t.classify(name, err)
}

func (t *Temporal) send(ctx context.Context, begin client.WithStartWorkflowOperation, update client.UpdateWorkflowOptions) (client.WorkflowUpdateHandle, error) {
	if begin == nil {
		return t.client.UpdateWorkflow(ctx, update)
	}
	return t.client.UpdateWithStartWorkflow(ctx, client.UpdateWithStartWorkflowOptions{StartWorkflowOperation: begin, UpdateOptions: update})
}

// leave forgets a gate that nobody is in, since there may be a million conversations. Somebody
// who waits at it meanwhile is one more than the gate lets in, which the server bears.
func (t *Temporal) leave(workflowID string, gate chan struct{}) {
	<-gate
	if len(gate) == 0 {
		t.gates.CompareAndDelete(workflowID, gate)
	}
}
