package incident_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
	"transporter/internal/incident"
	"transporter/internal/seal"
	"transporter/internal/store"
)

func TestAnIncidentIsOpenedOnceAndClosed(t *testing.T) {
	ctx := t.Context()
	st, err := store.Open(ctx, "file://"+t.TempDir())
	require.NoError(t, err)
	ring, err := seal.GenerateRing("k")
	require.NoError(t, err)
	book := incident.New(st, seal.NewBox(ring))
	at := time.Date(2026, 11, 20, 6, 0, 0, 0, time.UTC)
	red := incident.Incident{Account: "a", Task: "t", Kind: incident.RunFailed, Key: "window 1", Title: "red", Opened: at}

	opened, err := book.Open(ctx, red)
	require.NoError(t, err)
	require.True(t, opened)
	opened, err = book.Open(ctx, red)
	require.NoError(t, err)
	require.False(t, opened, "it is open")
	other := red
	other.Key, other.Opened = "window 2", at.Add(-time.Hour)
	opened, err = book.Open(ctx, other)
	require.NoError(t, err)
	require.True(t, opened, "another window")

	all, err := book.All(ctx, "a")
	require.NoError(t, err)
	require.Equal(t, []incident.Incident{other, red}, all)

	closed, err := book.Close(ctx, "a", "t", incident.RunFailed, "window 1", at.Add(time.Hour), "delivered")
	require.NoError(t, err)
	require.Equal(t, "delivered", closed.How)
	closed, err = book.Close(ctx, "a", "t", incident.RunFailed, "window 1", at, "again")
	require.NoError(t, err)
	require.Nil(t, closed)
	opened, err = book.Open(ctx, red)
	require.NoError(t, err)
	require.True(t, opened, "it is red again")

	told, err := book.Told(ctx, "a", "m1")
	require.NoError(t, err)
	require.False(t, told)
	require.NoError(t, book.Tell(ctx, "a", "m1"))
	require.NoError(t, book.Tell(ctx, "a", "m1"))
	told, err = book.Told(ctx, "a", "m1")
	require.NoError(t, err)
	require.True(t, told)
	open, err := book.Get(ctx, "a", "t", incident.RunFailed, "window 1")
	require.NoError(t, err)
	require.Equal(t, red, *open)

	_, err = book.Open(ctx, incident.Incident{Account: "a"})
	require.True(t, fault.Is(err, fault.InvalidSpec))
}
