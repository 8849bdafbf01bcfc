package httpapi

import (
	"context"

	"go.temporal.io/sdk/client"
)

// maxUpdates is how many updates of one workflow are in flight in this process: the server
// takes ten, and past that clients back off by seconds.
const maxUpdates = 8

// update sends an update and reads its answer into out, which may be nil.
func (t *Temporal) update(ctx context.Context, workflowID, name string, in, out any) error {
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
	handle, err := t.client.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
		WorkflowID: workflowID, UpdateName: name, Args: []any{in}, WaitForStage: client.WorkflowUpdateStageCompleted,
	})
	if err == nil {
		err = handle.Get(ctx, out)
	}
	return t.classify(name, err)
}

// leave forgets a gate that nobody is in, since there may be a million conversations. Somebody
// who waits at it meanwhile is one more than the gate lets in, which the server bears.
func (t *Temporal) leave(workflowID string, gate chan struct{}) {
	<-gate
	if len(gate) == 0 {
		t.gates.CompareAndDelete(workflowID, gate)
	}
}
