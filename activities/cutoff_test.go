package activities_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/contract"
	"transporter/internal/seal"
	"transporter/internal/staging"
	"transporter/internal/store"
)

// dying fails at the n-th removal, once.
type dying struct {
	store.Store
	left atomic.Int64
}

func (d *dying) Delete(ctx context.Context, key string) error {
	if d.left.Add(-1) == 0 {
		return errors.New("the worker was killed")
	}
	return d.Store.Delete(ctx, key)
}

// Wherever the removal of what is to be read again is cut off, the rest of it is not taken for what the source said.
func TestARereadThatIsCutOffIsGoneOnWith(t *testing.T) {
	ring, err := seal.GenerateRing("k")
	require.NoError(t, err)
	var st *dying
	r, c, _ := newCut(t, none, func(r *reviser) {
		st = &dying{Store: r.store}
		r.run.Stage = staging.New(st, seal.NewBox(ring))
	})
	r.red(c.id, contract.RunInput{Attempt: 1})
	cutOff := 0
	for n := 1; ; n++ {
		window := r.window
		plan, err := r.run.Plan(t.Context(), contract.PlanIn{Nominal: r.now, WorkflowID: "red", RunID: "run", Run: contract.RunInput{
			Account: "acme", Task: "talks", Generation: 1, Window: &window, Trigger: contract.TriggerResume, Attempt: n + 1,
		}})
		require.NoError(t, err)
		st.left.Store(int64(n))
		if _, err = r.fetch(plan.Plan); err == nil {
			break
		}
		require.ErrorContains(t, err, "the worker was killed")
		cutOff++
		st.left.Store(0)
		r.red(c.id, contract.RunInput{Attempt: n + 1})
	}
	require.Greater(t, cutOff, 4, "commit, index, plan, runs and slices")
}
