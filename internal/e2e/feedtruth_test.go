package e2e

import (
	"bufio"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/httpapi"
	"transporter/internal/sandbox/feeds"
)

// isTrue compares the receiver's table with what the sandbox says of the leaves between two moments, row by
// row and column by column; without moments: of all.
func (x feedTask) isTrue(t *testing.T, within ...httpapi.WindowView) {
	t.Helper()
	var want, got []string
	for _, q := range x.questions(within) {
		lines := bufio.NewScanner(get(t, x.DomainURL()+"/_admin/feeds/"+x.truth+"?"+q.Encode()).Body)
		lines.Buffer(nil, largestLine)
		for lines.Scan() {
			var r feeds.Row
			require.NoError(t, json.Unmarshal(lines.Bytes(), &r))
			want = append(want, x.read(t, placeOf(r.Leaf, r.File, r.Line), r.Row))
		}
		require.NoError(t, lines.Err())
	}
	for _, r := range x.has(t) {
		got = append(got, x.read(t, r.place(), []byte(r.raw)))
	}
	slices.Sort(want)
	slices.Sort(got)
	require.Equal(t, want, got, "%s, %s, %s", x.table, x.delivery, x.dedupe)
}

// questions are those that together ask for the truth of a task: of leaves each by itself, otherwise of the
// table.
func (x feedTask) questions(within []httpapi.WindowView) (all []url.Values) {
	ask := func(more url.Values) url.Values {
		q := url.Values{"version": {x.version}, "mode": {x.dedupe}, "key": x.key, "order": x.order}
		maps.Copy(q, more)
		return q
	}
	if len(within) == 0 {
		return []url.Values{ask(nil)}
	}
	for _, w := range within {
		for from := w.From; from.Before(w.To); {
			to := w.To
			if x.delivery == "leaf" {
				to = from.Add(feeds.Find(x.table).Every)
			}
			all = append(all, ask(url.Values{"from": {from.Format(time.RFC3339)}, "through": {to.Format(time.RFC3339)}}))
			from = to
		}
	}
	return all
}

// read is a row as text: where it was exported, and what it says.
func (x feedTask) read(t *testing.T, place string, row []byte) string {
	t.Helper()
	says, err := feeds.Find(x.table).Says(row)
	require.NoError(t, err, "%s", row)
	text, err := json.Marshal(says)
	require.NoError(t, err)
	return place + " " + string(text)
}
