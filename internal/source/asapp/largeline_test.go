package asapp_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/feed"
	"transporter/internal/feed/doortest"
	"transporter/internal/source"
	"transporter/internal/source/asapp"
)

// largeLeaf is a leaf of four files, each with two lines that are larger than usual between usual ones.
func largeLeaf(t *testing.T) (*asapp.Source, source.Query, feed.Leaf) {
	t.Helper()
	var door doortest.Memory
	const folder = "sms_events/version=1/format=jsonl/dt=2026-11-19/hr=05/"
	for split := range 4 {
		usual := func(n int) string { return fmt.Sprintf(`{"sms_flow_id":"%d.%d"}`+"\n", split, n) }
		large := fmt.Sprintf(`{"sms_flow_id":"large","more":"%s"}`+"\n", strings.Repeat("customer", 3*feed.UsualLine/8))
		door.Put(fmt.Sprintf("%ssms_events.jsonl.%02d", folder, split), usual(1)+large+large+usual(2), yesterday.Add(6*time.Hour))
	}
	door.Put(folder+"_SUCCESS", "", yesterday.Add(6*time.Hour+time.Second))
	src := asapp.New(asapp.Config{Door: &door, Kind: feed.DoorS3, Now: func() time.Time { return noon }})
	q := source.Query{
		Resource: "asapp.sms_events", From: yesterday.Add(5 * time.Hour).UnixMilli(), To: yesterday.Add(6 * time.Hour).UnixMilli(),
		Params: map[string]json.RawMessage{"dedupe": []byte(`"reference"`), "feed_version": []byte(`"1"`)},
	}
	leaves, err := src.Leaves(t.Context(), q)
	require.NoError(t, err)
	require.Len(t, leaves, 1)
	return src, q, leaves[0]
}

// Of the files that are read beside each other one at a time holds a line that is larger than usual, and there is
// room for it before.
func TestLargeLinesAreHeldOneAtATime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		src, q, leaf := largeLeaf(t)
		var room, held, added atomic.Int64
		q.Room = func(bytes int64) error { room.Store(max(room.Load(), bytes)); return nil }
		counts, err := src.Read(t.Context(), q, leaf, func(_ context.Context, r source.Record) error {
			if added.Add(1); len(r.Raw) <= feed.UsualLine {
				return nil
			}
			if int64(len(r.Raw)) > room.Load() {
				t.Errorf("%d bytes are held with room for %d", len(r.Raw), room.Load())
			}
			if held.Add(1) == 1 {
				synctest.Wait() // every other file has come as far as it may
			} else {
				t.Error("two are held at once")
			}
			held.Add(-1)
			return nil
		})
		require.NoError(t, err)
		require.EqualValues(t, []int64{16, 16}, []int64{counts.Lines, added.Load()})
	})
}

// Without room for a line the reading ends and says why.
func TestNoRoomForALargeLine(t *testing.T) {
	t.Parallel()
	src, q, leaf := largeLeaf(t)
	full := errors.New("there is no room")
	q.Room = func(int64) error { return full }
	_, err := src.Read(t.Context(), q, leaf, func(_ context.Context, r source.Record) error {
		require.LessOrEqual(t, len(r.Raw), feed.UsualLine)
		return nil
	})
	require.ErrorIs(t, err, full)
}
