package record_test

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
	"transporter/internal/seal"
	"transporter/internal/store"
	"transporter/internal/store/record"
)

type thing struct{ Name string }

func newRecords(t *testing.T) (*record.Records, *store.File) {
	st, err := store.NewFile(t.TempDir())
	require.NoError(t, err)
	ring, err := seal.GenerateRing("records-1")
	require.NoError(t, err)
	return record.New(st, seal.NewBox(ring)), st
}

func TestRecords(t *testing.T) {
	ctx := context.Background()
	r, _ := newRecords(t)
	var got thing
	found, err := r.Get(ctx, "a/b", &got)
	require.NoError(t, err)
	require.False(t, found)
	won, err := r.PutIfAbsent(ctx, "a/b", thing{"first"})
	require.NoError(t, err)
	require.True(t, won)
	won, err = r.PutIfAbsent(ctx, "a/b", thing{"second"})
	require.NoError(t, err)
	require.False(t, won)
	found, err = r.Get(ctx, "a/b", &got)
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, thing{"first"}, got)
	require.NoError(t, r.Put(ctx, "a/b", thing{"third"}))
	_, err = r.Get(ctx, "a/b", &got)
	require.NoError(t, err)
	require.Equal(t, thing{"third"}, got)
	require.Error(t, r.Put(ctx, "a/c", make(chan int)))
	_, err = r.Get(ctx, "a b", &got)
	require.True(t, fault.Is(err, fault.InvalidSpec))
}

func TestDamagedRecords(t *testing.T) {
	ctx := context.Background()
	r, st := newRecords(t)
	require.NoError(t, r.Put(ctx, "a", thing{"secret name"}))
	object, err := st.Open(ctx, "a", 0)
	require.NoError(t, err)
	stored, err := io.ReadAll(object)
	require.NoError(t, err)
	require.NoError(t, object.Close())
	require.NotContains(t, string(stored), "secret name")

	flipped := bytes.Clone(stored)
	flipped[len(flipped)-3] ^= 4
	for name, c := range map[string]struct {
		key, object string
	}{
		"flipped": {"a", string(flipped)}, "cut": {"a", string(stored[:len(stored)-1])}, "empty": {"a", ""},
		"not sealed": {"a", `{"key":"a","value":{}}`}, "moved": {"b", string(stored)},
	} {
		_, err := st.Put(ctx, c.key, strings.NewReader(c.object))
		require.NoError(t, err)
		var got thing
		_, err = r.Get(ctx, c.key, &got)
		require.True(t, fault.Is(err, fault.Corrupt), "%s: %v", name, err)
		require.Empty(t, got.Name, name)
	}
	require.NoError(t, r.Put(ctx, "a", thing{"x"}))
	var wrong []int
	_, err = r.Get(ctx, "a", &wrong)
	require.True(t, fault.Is(err, fault.Corrupt), "another shape: %v", err)
}
