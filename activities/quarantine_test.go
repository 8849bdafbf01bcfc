package activities_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/activities"
	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/source"
)

// platformOf is a platform whose lists hold two users, of which one cannot be written.
type platformOf struct{ *bench }

// Source implements activities.Adapters.
func (p platformOf) Source(context.Context, string, account.Source) (source.Source, error) {
	return p, nil
}

// Fetch implements source.Source.
func (p platformOf) Fetch(ctx context.Context, q source.Query, sink source.Sink) error {
	if q.Resource != "users" {
		return p.bench.Fetch(ctx, q, sink)
	}
	w, err := p.users(ctx, sink)
	if err != nil {
		return err
	}
	return errors.Join(
		w.Add(ctx, source.Record{ID: "bad", Raw: []byte(`[]`)}),
		w.Add(ctx, source.Record{ID: "good", Raw: []byte(`{"id": 7, "loginName": "a\ud83d"}`)}), // half a pair
		w.Commit(ctx, source.Counts{Total: 2, Fetched: 2, Kept: 2, Calls: 1}),
	)
}

func (b *bench) users(ctx context.Context, sink source.Sink) (source.SliceWriter, error) {
	b.fetches++
	slice := source.Slice{Key: "all"}
	if err := sink.Plan(ctx, []source.Slice{slice}); err != nil {
		return nil, err
	}
	return sink.Begin(ctx, slice)
}

// A record that cannot be written turns the run red; accepted by its id, it is left out by
// that attempt and every later one, and the source is not asked again.
func TestAcceptedRecordIsLeftOut(t *testing.T) {
	b := newBench(t)
	b.run.Adapters = platformOf{b}
	attempt := func(workflowID string, n int, accept *contract.Acceptance) (contract.StepIn, contract.TransformOut, error) {
		plan, err := b.run.Plan(t.Context(), contract.PlanIn{
			Run:     contract.RunInput{Account: "acme", Task: "users", Generation: 1, Window: &day, Attempt: n, Accept: accept, Trigger: contract.TriggerResume},
			Nominal: b.now, WorkflowID: workflowID, RunID: "run",
		})
		require.NoError(t, err)
		fetched, err := b.fetch(plan.Plan)
		require.NoError(t, err)
		in := contract.StepIn{Plan: plan.Plan, Fetched: fetched.Index}
		out, err := do[contract.TransformOut](b.run.Transform, in)
		return in, out, err
	}
	in, _, err := attempt("w1", 1, nil)
	requireKind(t, fault.Incomplete, err)
	require.ErrorContains(t, err, "1 of 2 records are in quarantine: bad (")
	require.ErrorContains(t, err, "accept the run without them")
	require.NoError(t, b.run.Record(t.Context(), contract.RecordIn{
		Run: contract.RunInput{Account: "acme", Task: "users", Generation: 1}, WorkflowID: "w1", Plan: in.Plan, Outcome: contract.OutcomeIncomplete,
		Error: "red", ErrorKind: string(fault.Incomplete), Started: b.now,
	}))
	record, err := b.run.Book.Run(t.Context(), "acme", "users", "w1")
	require.NoError(t, err)
	require.Len(t, record.Quarantined, 1)
	require.Equal(t, "bad", record.Quarantined[0].Record)

	_, _, err = attempt("w2", 2, &contract.Acceptance{Records: []string{"another"}})
	requireKind(t, fault.Incomplete, err)

	_, out, err := attempt("w3", 3, &contract.Acceptance{Records: []string{"bad"}, Note: "seen"})
	require.NoError(t, err)
	require.Equal(t, int64(1), out.Rows)
	require.Equal(t, int64(1), out.Quarantined)
	require.Equal(t, int64(1), out.Replaced)
	fetches := b.fetches
	in, out, err = attempt("w4", 4, nil)
	require.NoError(t, err, "what was accepted stays so")
	packed, err := do[contract.EncryptOut](b.run.Encrypt, contract.StepIn{Plan: in.Plan, Fetched: in.Fetched, Rendered: out.Index})
	require.NoError(t, err)
	in.Rendered, in.Packed = out.Index, packed.Index
	var plan activities.Plan
	require.NoError(t, b.run.Stage.GetJSON(t.Context(), in.Plan, &plan))
	leg := plan.Legs[0].ID
	require.NoError(t, b.run.Receipt(t.Context(), contract.ReceiptIn{LegIn: contract.LegIn{StepIn: in, Leg: leg}}))
	d := plan.Delivery
	d.Leg = leg
	receipt, err := b.run.Book.Receipt(t.Context(), d)
	require.NoError(t, err)
	require.Equal(t, []string{"another", "bad"}, receipt.Accepted.Records)
	require.Equal(t, "seen", receipt.Accepted.Note)
	require.Equal(t, int64(1), receipt.Counts.LeftOut)
	require.Equal(t, int64(1), receipt.Counts.Replaced)
	require.Equal(t, fetches, b.fetches)
}

// badPlatform is a platform whose users none can write.
type badPlatform struct {
	*bench
	users int64
}

// Source implements activities.Adapters.
func (p badPlatform) Source(context.Context, string, account.Source) (source.Source, error) {
	return p, nil
}

// Fetch implements source.Source.
func (p badPlatform) Fetch(ctx context.Context, q source.Query, sink source.Sink) error {
	if q.Resource != "users" {
		return p.bench.Fetch(ctx, q, sink)
	}
	w, err := p.bench.users(ctx, sink)
	for i := range p.users {
		err = errors.Join(err, w.Add(ctx, source.Record{ID: fmt.Sprintf("bad%04d", i), Raw: []byte(`[]`)}))
	}
	return errors.Join(err, w.Commit(ctx, source.Counts{Total: p.users, Fetched: p.users, Kept: p.users, Calls: 1}))
}

// A run names so many records in quarantine; once those are accepted, the next attempt names the rest.
func TestMoreRecordsThanARunNamesAreAccepted(t *testing.T) {
	b := newBench(t)
	b.run.Adapters = badPlatform{b, 1500}
	attempt := func(n int, accept []string) (named []string, out contract.TransformOut, err error) {
		run := contract.RunInput{Account: "acme", Task: "users", Generation: 1, Window: &day, Attempt: n, Trigger: contract.TriggerResume, Accept: &contract.Acceptance{Records: accept}}
		name := fmt.Sprint("w", n)
		plan, err := b.run.Plan(t.Context(), contract.PlanIn{Run: run, Nominal: b.now, WorkflowID: name, RunID: "run"})
		require.NoError(t, err)
		fetched, err := b.fetch(plan.Plan)
		require.NoError(t, err)
		out, err = do[contract.TransformOut](b.run.Transform, contract.StepIn{Plan: plan.Plan, Fetched: fetched.Index})
		if err == nil {
			return nil, out, nil
		}
		require.NoError(t, b.run.Record(t.Context(), contract.RecordIn{
			Run: run, WorkflowID: name, Plan: plan.Plan, Outcome: contract.OutcomeIncomplete,
			Error: "red", ErrorKind: string(fault.Incomplete), Started: b.now,
		}))
		record, gone := b.run.Book.Run(t.Context(), "acme", "users", name)
		require.NoError(t, gone)
		for _, q := range record.Quarantined {
			named = append(named, q.Record)
		}
		return named, out, err
	}
	first, _, err := attempt(1, nil)
	requireKind(t, fault.Incomplete, err)
	require.ErrorContains(t, err, "1500 of 1500 records are in quarantine: bad0000")
	require.ErrorContains(t, err, "it names the first 1,000")
	require.Len(t, first, 1000)
	second, _, err := attempt(2, first)
	requireKind(t, fault.Incomplete, err)
	require.ErrorContains(t, err, "500 of 1500 records are in quarantine: bad1000")
	require.Len(t, second, 500)
	_, out, err := attempt(3, second)
	require.NoError(t, err)
	require.EqualValues(t, 1500, out.Quarantined)
}
