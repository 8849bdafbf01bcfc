package main

import (
	"context"
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/activities"
	"transporter/workflows"
)

// The workflows know activities by name only: here every name is held to the types that
// its callers use, and every step to a role that works on its queue.
func TestEveryStepIsRegisteredWithItsTypes(t *testing.T) {
	registered := steps{
		run: &activities.Run{}, tasks: &activities.Tasks{}, probe: &activities.Probe{}, back: &activities.Backfill{}, order: &activities.Reconcile{},
		late: &activities.Revise{}, deadlines: &activities.Deadlines{}, sign: &activities.Certify{}, talks: &activities.Conversations{},
		apps: &activities.Apps{}, connector: &activities.Connector{},
	}.byName()
	var (
		contextType = reflect.TypeFor[context.Context]()
		errorType   = reflect.TypeFor[error]()
		queues      = map[string]bool{}
	)
	for _, r := range roles {
		queues[r.queue] = true
	}
	for name, step := range workflows.Steps() {
		t.Run(name, func(t *testing.T) {
			require.Contains(t, registered, name)
			fn := reflect.TypeOf(registered[name])
			require.Equal(t, []reflect.Type{contextType, step.In}, types(fn.NumIn(), fn.In))
			want := []reflect.Type{step.Out, errorType}
			if step.Out == reflect.TypeFor[struct{}]() {
				want = want[1:]
			}
			require.Equal(t, want, types(fn.NumOut(), fn.Out))
			require.True(t, queues[step.Queue], "no role works on queue %s", step.Queue)
		})
	}
	require.Len(t, registered, len(workflows.Steps()), "an activity that no workflow calls is dead code")
	require.Len(t, allRoles(), len(roles))
}

func types(n int, at func(int) reflect.Type) []reflect.Type {
	out := make([]reflect.Type, n)
	for i := range out {
		out[i] = at(i)
	}
	return out
}
