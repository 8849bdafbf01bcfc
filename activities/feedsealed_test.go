package activities_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/feed"
	"transporter/internal/pgp"
	"transporter/internal/source"
	"transporter/internal/task"
)

// seals writes an hour of a feed encrypted to the key.
func (f *feedBench) seals(table string, hour int, line string, to *pgp.KeyPair) {
	f.t.Helper()
	var sealed bytes.Buffer
	key, err := pgp.ParseKey(to.Public)
	require.NoError(f.t, err)
	w, err := pgp.Encrypt(&sealed, []*pgp.Key{key}, pgp.Message{Now: f.now})
	require.NoError(f.t, err)
	_, err = w.Write([]byte(line))
	require.NoError(f.t, err)
	require.NoError(f.t, w.Close())
	folder := fmt.Sprintf("%s/version=1/format=jsonl/dt=%s/hr=%02d/", table, midnight.UTC().Format(time.DateOnly), hour)
	require.NoError(f.t, f.bucket.Put(f.t.Context(), folder+table+".jsonl.enc", sealed.Bytes(), f.now.Add(-time.Hour)))
	require.NoError(f.t, f.bucket.Put(f.t.Context(), folder+"_SUCCESS", nil, f.now.Add(-time.Hour+time.Second)))
}

// holds gives the source a key.
func (f *feedBench) holds(key *pgp.KeyPair) {
	f.t.Helper()
	keys, err := pgp.NewDecryptor(pgp.Private{Key: key.Private, Passphrase: opens})
	require.NoError(f.t, err)
	f.decrypt = keys.Decrypt
}

// A window with a partition that is encrypted to a key that the source does not have, or has lost for another, is
// red at once, goes on without it once that is accepted by its name, is not looked at again for it, and has it by a
// revision once the key is there.
func TestAnEncryptedPartitionIsAccepted(t *testing.T) {
	const table = "convos_metrics"
	for _, lost := range []bool{false, true} {
		for _, delivery := range []string{"changes", "leaf", "snapshot"} {
			t.Run(fmt.Sprintf("%s, with another key: %v", delivery, lost), func(t *testing.T) {
				f := newFeedBench(t, 1)
				right := f.receiver("reader")
				if lost {
					f.holds(f.receiver("another"))
				}
				w := f.ofHour(f.task(table, delivery, "reference", task.Leg{}), 0)
				w.run.Window.To = hourSpan(1).To
				f.exports(table, 0, `{"issue_id":"a"}`)
				f.seals(table, 1, `{"issue_id":"b"}`, right)
				red, err := w.attempt()
				requireKind(t, fault.ConfigMissing, err)
				require.Len(t, red.Quarantined, 1)
				require.Regexp(t, `^!dt=2026-11-19/hr=01 undecodable [0-9a-f]{16}$`, red.Quarantined[0].Record)

				f.now = f.now.Add(time.Hour)
				f.seals(table, 1, `{"issue_id":"c"}`, right)
				other, err := w.attempt(namesOf(red)...)
				requireKind(t, fault.ConfigMissing, err)
				require.NotEqual(t, red.Quarantined, other.Quarantined, "it is another export")
				green, err := w.attempt(namesOf(other)...)
				require.NoError(t, err)
				require.EqualValues(t, 1, green.Rendered.Rows)
				require.Equal(t, absentHour(1), f.sets(w.run.Task)[0].Absent)

				d := contract.Delivery{Account: "acme", Task: w.run.Task, Generation: 1, Span: *w.run.Window}
				require.False(t, f.changed(table, d), "nobody has to look at it again")
				f.holds(right)
				require.Equal(t, !lost, f.changed(table, d), "a key for what had none is noticed, another key for it is not")
				revision, err := w.looks().attempt()
				require.NoError(t, err)
				require.EqualValues(t, map[string]int64{"changes": 1, "leaf": 2, "snapshot": 2}[delivery], revision.Rendered.Rows)
				require.Empty(t, f.sets(w.run.Task)[1].Absent)
			})
		}
	}
}

// changed tells whether passes would look at the delivery again.
func (f *feedBench) changed(table string, d contract.Delivery) bool {
	f.t.Helper()
	src, err := f.Exports(f.t.Context(), "", account.Source{})
	require.NoError(f.t, err)
	listed, err := src.Listed(f.t.Context(), source.Query{
		Resource: "asapp." + table, From: d.Span.From, To: d.Span.To, Params: map[string]json.RawMessage{"dedupe": []byte(`"reference"`), "feed_version": []byte(`"1"`)},
	})
	require.NoError(f.t, err)
	changed, err := f.run.Feeds.Changed(f.t.Context(), d, feed.AnyKey, listed)
	require.NoError(f.t, err)
	return changed
}
