package feedschema_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
	"transporter/internal/feed"
	"transporter/internal/feedschema"
)

// keyed is a description of a table with a primary key.
func keyed(key string) string {
	return fmt.Sprintf(`schemas: [{tables: [{name: convos_metrics, primary_key: %q, columns: [{name: issue_id}, {name: platform}]}]}]`, key)
}

// rekey describes the table anew, and returns what holds it then.
func (w *world) rekey(key string) feedschema.Hold {
	w.Helper()
	w.tomorrow()
	w.export(keyed(key))
	w.look()
	holds := w.held(metrics)
	require.NotEmpty(w, holds)
	return holds[len(holds)-1]
}

func (w *world) release(h feedschema.Hold, key feed.Key) (feedschema.Hold, error) {
	return w.book.Release(w.Context(), account, source, metrics, "1", h.ID, feedschema.Release{Reason: "ops", At: w.now, Key: key})
}

func (w *world) key() feed.Key {
	w.Helper()
	key, err := w.book.Key(w.Context(), account, source, metrics, "1")
	require.NoError(w, err)
	require.Equal(w, key, w.schema().Key)
	return key
}

func TestAReleasedPrimaryKeyTellsRowsApart(t *testing.T) {
	w := newWorld(t)
	w.export(keyed("issue_id"))
	w.look()
	require.Empty(t, w.key(), "the catalog's")
	finer := w.rekey("issue_id, platform")
	require.Contains(t, finer.Text(), "primary_key issue_id → issue_id, platform")
	require.Empty(t, w.key(), "not before it is released")
	h, err := w.release(finer, "")
	require.NoError(t, err)
	require.Equal(t, feed.Key("issue_id,platform"), h.Released.Key)
	require.Equal(t, h.Released.Key, w.key())

	coarser := w.rekey("issue_id")
	require.Equal(t, feed.Key("issue_id,platform"), w.key(), "until that one is released too")
	again, err := w.release(finer, "issue_id")
	require.NoError(t, err)
	require.Equal(t, feed.Key("issue_id,platform"), again.Released.Key, "who was first stays on record")
	_, err = w.release(coarser, feedschema.CatalogKey)
	require.NoError(t, err)
	require.Empty(t, w.key(), "as it was said")

	_, err = w.release(w.rekey("platform"), "platform, issue_id")
	require.NoError(t, err)
	require.Equal(t, []string{"platform", "issue_id"}, w.key().Columns(), "another than the described one")

	w.tomorrow()
	w.export(`schemas: [{tables: [{name: convos_metrics, primary_key: platform, columns: [{name: issue_id, type: bigint}, {name: platform}]}]}]`)
	w.look()
	w.tomorrow()
	w.export(`schemas: [{tables: [{name: convos_metrics, primary_key: platform, columns: [{name: issue_id, type: boolean}, {name: platform}]}]}]`)
	w.look()
	_, err = w.release(w.held(metrics)[0], "platform")
	require.True(t, fault.Is(err, fault.InvalidSpec), "%v", err)
	require.ErrorContains(t, err, "none of its primary key")
	_, err = w.release(w.held(metrics)[0], "")
	require.NoError(t, err)
	require.Equal(t, feed.Key("platform,issue_id"), w.key(), "a change of a type leaves it alone")
}

func TestAKeyOfNoColumnIsNotReleased(t *testing.T) {
	w := newWorld(t)
	w.export(keyed("issue_id"))
	w.look()
	h := w.rekey("company_marker, issue_id, flow_name")
	for key, says := range map[feed.Key]string{
		"":                  "what is no column of it, described or in its rows: company_marker, flow_name",
		"issue_id,no_such":  "no column of it, described or in its rows: no_such",
		"catalog,issue_id":  "described or in its rows: catalog",
		feed.KeyOf(" ", ""): "without a primary key",
	} {
		_, err := w.release(h, key)
		require.True(t, fault.Is(err, fault.InvalidSpec), "%v", err)
		require.ErrorContains(t, err, says)
		require.ErrorContains(t, err, "--key")
		require.Len(t, w.held(metrics), 1)
		require.Empty(t, w.key())
	}
	require.NoError(t, w.book.Saw(t.Context(), account, source, metrics, "1", []string{"company_marker", "flow_name"}))
	_, err := w.release(h, "")
	require.NoError(t, err, "rows have them, though nobody has described them")
	require.Equal(t, feed.Key("company_marker,issue_id,flow_name"), w.key())

	none := w.rekey("")
	_, err = w.release(none, "")
	require.ErrorContains(t, err, "described without a primary key")
	_, err = w.release(none, "issue_id")
	require.NoError(t, err)
	require.Equal(t, feed.Key("issue_id"), w.key())
}

func TestAReleasedOrderingKeyRanksRows(t *testing.T) {
	w := newWorld(t)
	ordered := func(key string) string {
		return fmt.Sprintf(`schemas: [{tables: [{name: convos_metrics, primary_key: issue_id, ordering_key: %q, columns: [{name: issue_id, type: bigint}, {name: ended, type: timestamp}, {name: end_ts}]}]}]`, key)
	}
	describe := func(key string) feedschema.Hold {
		w.tomorrow()
		w.export(ordered(key))
		w.look()
		holds := w.held(metrics)
		require.NotEmpty(t, holds)
		return holds[len(holds)-1]
	}
	release := func(h feedschema.Hold, order ...string) error {
		_, err := w.book.Release(t.Context(), account, source, metrics, "1", h.ID, feedschema.Release{Reason: "ops", At: w.now, Order: order})
		return err
	}
	w.export(ordered(""))
	w.look()
	require.Empty(t, w.key(), "the catalog's")
	h := describe("issue_id, ended")
	for says, order := range map[string][]string{
		"names what is no time: issue_id":                                      nil,
		"names what is no column of it, described or in its rows: no_such":     {"ended", "no_such"},
		"names what is no column of it, described or in its rows: catalog":     {"catalog", "ended"},
		"names what is no column of it, described or in its rows: issue_id>ts": {"issue_id>ts"},
	} {
		err := release(h, order...)
		require.True(t, fault.Is(err, fault.InvalidSpec), "%v", err)
		require.ErrorContains(t, err, says)
		require.ErrorContains(t, err, "--order")
		require.Len(t, w.held(metrics), 1)
	}
	require.NoError(t, release(h, "ended", "end_ts"))
	require.Equal(t, feed.Key(">ended,end_ts"), w.key())
	require.NoError(t, release(describe("end_ts")))
	require.Equal(t, feed.Key(">end_ts"), w.key(), "as it is described")
	require.NoError(t, release(describe("ended"), "catalog"))
	require.Empty(t, w.key())
	require.NoError(t, release(describe("end_ts")))
	require.NoError(t, release(describe("")))
	require.Empty(t, w.key(), "described without one")

	require.NoError(t, release(describe("ended")))
	w.tomorrow()
	w.export(`schemas: [{tables: [{name: convos_metrics, primary_key: end_ts, ordering_key: ended, columns: [{name: issue_id, type: bigint}, {name: ended, type: timestamp}, {name: end_ts}]}]}]`)
	w.look()
	require.ErrorContains(t, release(w.held(metrics)[0], "ended"), "none of its ordering key")
	require.NoError(t, release(w.held(metrics)[0]))
	require.Equal(t, feed.KeyOf("end_ts").RankedBy("ended"), w.key(), "each is what was released of it last")
}
