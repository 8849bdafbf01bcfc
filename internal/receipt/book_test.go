package receipt_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/receipt"
	"transporter/internal/seal"
	"transporter/internal/store"
)

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func delivery(task string, generation int, leg string) contract.Delivery {
	return contract.Delivery{
		Account: "acme", Task: task, Generation: generation,
		Span: contract.Span{From: noon.Add(-time.Hour).UnixMilli(), To: noon.UnixMilli()}, Leg: leg,
	}
}

func newBook(t *testing.T) (*receipt.Book, *store.File) {
	st, err := store.NewFile(t.TempDir())
	require.NoError(t, err)
	ring, err := seal.GenerateRing("records-1")
	require.NoError(t, err)
	return receipt.New(st, seal.NewBox(ring)), st
}

func keys(t *testing.T, st store.Store, prefix string) (found []string) {
	for info, err := range st.List(context.Background(), prefix) {
		require.NoError(t, err)
		found = append(found, info.Key)
	}
	return found
}

func TestReceipts(t *testing.T) {
	ctx := context.Background()
	b, st := newBook(t)
	leg := receipt.Receipt{
		Delivery: delivery("t1", 1, "dest.1a2b"), Report: "msg.messages@1.0", Files: []receipt.File{{Name: "f.csv.pgp", Size: 5, Rows: 2, Part: 1}},
		Keys: []string{"ABCD"}, Asked: 3, Reached: 3, WrittenAt: noon, WorkflowID: "w",
	}
	got, err := b.Receipt(ctx, leg.Delivery)
	require.NoError(t, err)
	require.Nil(t, got)
	won, err := b.PutReceipt(ctx, leg)
	require.NoError(t, err)
	require.True(t, won)
	second := leg
	second.Note = "second"
	won, err = b.PutReceipt(ctx, second)
	require.NoError(t, err)
	require.False(t, won, "a receipt is never changed")
	got, err = b.Receipt(ctx, leg.Delivery)
	require.NoError(t, err)
	require.Equal(t, leg, *got)

	whole := leg
	whole.Delivery.Leg = ""
	won, err = b.PutReceipt(ctx, whole)
	require.NoError(t, err)
	require.True(t, won, "the whole run and its leg are two deliveries")
	require.Equal(t, []string{
		"receipts/acme/t1/g1/20261120T110000.000Z-20261120T120000.000Z/r0.receipt",
		"receipts/acme/t1/g1/20261120T110000.000Z-20261120T120000.000Z/r0/dest.1a2b.receipt",
	}, keys(t, st, "receipts/"))
}

func TestOneClaimAnAttempt(t *testing.T) {
	ctx := context.Background()
	b, _ := newBook(t)
	const racers = 8
	holders := make([]receipt.Claim, racers)
	won := make([]bool, racers)
	var all sync.WaitGroup
	for i := range racers {
		all.Go(func() {
			var err error
			won[i], holders[i], err = b.Claim(ctx, receipt.Claim{
				Delivery: delivery("t1", 1, "ignored"), Attempt: 1, WorkflowID: fmt.Sprint("w", i), At: noon,
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	winners := 0
	for i := range racers {
		require.Equal(t, holders[0].WorkflowID, holders[i].WorkflowID, "all name the same holder")
		if won[i] {
			winners++
			require.Equal(t, fmt.Sprint("w", i), holders[i].WorkflowID)
		}
	}
	require.Equal(t, 1, winners)

	won1, _, err := b.Claim(ctx, receipt.Claim{Delivery: delivery("t1", 1, ""), Attempt: 1, WorkflowID: holders[0].WorkflowID, RunID: "reset"})
	require.NoError(t, err)
	require.True(t, won1, "the holder may claim again")
	for attempt := 2; attempt <= 11; attempt++ {
		won2, _, err := b.Claim(ctx, receipt.Claim{Delivery: delivery("t1", 1, ""), Attempt: attempt, WorkflowID: fmt.Sprint("a", attempt)})
		require.NoError(t, err)
		require.True(t, won2)
	}
	claims, err := b.Claims(ctx, delivery("t1", 1, "whatever"))
	require.NoError(t, err)
	require.Len(t, claims, 11)
	for i, c := range claims {
		require.Equal(t, i+1, c.Attempt)
	}
	_, _, err = b.Claim(ctx, receipt.Claim{Delivery: delivery("t1", 1, ""), WorkflowID: "w"})
	require.True(t, fault.Is(err, fault.InvalidSpec))
}

func TestNames(t *testing.T) {
	ctx := context.Background()
	b, _ := newBook(t)
	const name = "täglich/../report 2026.csv" // any characters: it is hashed
	claim := func(d contract.Delivery, sha string) (*receipt.NameHolder, error) {
		return b.ClaimName(ctx, "dest", receipt.NameHolder{Name: name, Delivery: d, SHA256: sha, At: noon})
	}
	none, err := b.Name(ctx, "acme", "dest", name)
	require.NoError(t, err)
	require.Nil(t, none)
	before, err := claim(delivery("t1", 1, "l"), "aa")
	require.NoError(t, err)
	require.Nil(t, before)
	for _, c := range []struct {
		name    string
		by      contract.Delivery
		sha     string
		before  string
		refused bool
	}{
		{"again", delivery("t1", 1, "l"), "aa", "aa", false},
		{"same delivery, other bytes", delivery("t1", 1, "l"), "bb", "aa", false},
		{"another task", delivery("t2", 9, "l"), "cc", "bb", true},
		{"another leg", delivery("t1", 1, "l2"), "cc", "bb", true},
		{"newer generation", delivery("t1", 2, "l2"), "dd", "bb", false},
		{"older generation", delivery("t1", 1, "l"), "bb", "dd", true},
	} {
		before, err := claim(c.by, c.sha)
		require.Equal(t, c.refused, fault.Is(err, fault.Collision), "%s: %v", c.name, err)
		require.Equal(t, c.refused, err != nil, "%s: %v", c.name, err)
		require.Equal(t, c.before, before.SHA256, c.name)
	}
	holder, err := b.Name(ctx, "acme", "dest", name)
	require.NoError(t, err)
	require.Equal(t, "dd", holder.SHA256)
	all, err := b.Holders(ctx, "acme", "dest", name)
	require.NoError(t, err)
	require.Equal(t, []string{"aa", "bb", "dd"}, []string{all[0].SHA256, all[1].SHA256, all[2].SHA256})
	require.Len(t, all, 3, "who was refused has never held it")
	elsewhere, err := b.Name(ctx, "acme", "dest2", name)
	require.NoError(t, err)
	require.Nil(t, elsewhere)
}

// A file is replaced by a newer generation only with the same window.
func TestNamesOfOtherWindows(t *testing.T) {
	held := delivery("t1", 1, "l")
	shorter, longer := held, held
	shorter.Span.From += time.Minute.Milliseconds()
	longer.Span.To += time.Minute.Milliseconds()
	newer := func(d contract.Delivery) contract.Delivery { d.Generation, d.Revision = 2, 1; return d }
	for name, c := range map[string]struct {
		by   contract.Delivery
		want bool
	}{
		"the same window, newer":         {newer(held), true},
		"another beginning, newer":       {newer(shorter), false},
		"another end, newer":             {newer(longer), false},
		"another end, same generation":   {longer, false},
		"another task, the same window":  {newer(delivery("t2", 1, "l")), false},
		"another beginning, of its time": {shorter, false},
	} {
		b, _ := newBook(t)
		claim := func(d contract.Delivery) error {
			_, err := b.ClaimName(t.Context(), "dest", receipt.NameHolder{Name: "acd_1200.csv", Delivery: d, At: noon})
			return err
		}
		require.NoError(t, claim(held), name)
		err := claim(c.by)
		require.Equal(t, c.want, err == nil, "%s: %v", name, err)
		require.Equal(t, !c.want, fault.Is(err, fault.Collision), "%s: %v", name, err)
	}
}
