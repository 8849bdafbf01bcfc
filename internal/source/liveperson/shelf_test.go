package liveperson

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/source"
)

// conversation is one on the shelf; times are epoch milliseconds.
type conversation struct {
	id                                  string
	start, end, conversationEnd, update int64
	partial                             bool // cut by the search, whole by its id
	lost                                bool // cut by its id, too
}

func (c conversation) json(whole bool) string {
	return fmt.Sprintf(`{"info":{"conversationId":%q,"startTimeL":%d,"endTimeL":%d,"conversationEndTimeL":%d,"fullDialogEndTimeL":%d,`+
		`"endTime":"undefined","isPartial":%t},"whole":%t}`,
		c.id, c.start, c.end, c.conversationEnd, c.end, c.lost || c.partial && !whole, whole || !c.partial)
}

// shelfAnswer is what the shelf is about to say; a test may spoil it.
type shelfAnswer struct {
	search  searchBody
	offset  int
	rows    []conversation
	count   int
	partial bool
	status  int
}

// shelf is a search over a fixed list, with the API's rounding, for single points of
// the protocol that need exact timing; whole stories are told to the sandbox.
type shelf struct {
	*service
	list     []conversation
	searches []searchBody // all but those that only count
	byID     []string
	spoil    func(n int, a *shelfAnswer) // n counts the pages from 1
	pages    int
}

func newShelf(t *testing.T, list []conversation) *shelf {
	s := &shelf{list: list}
	s.service = serve(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/conversation/search") {
			s.byConversation(t, w, r)
			return
		}
		s.search(t, w, r)
	})
	return s
}

func (s *shelf) search(t *testing.T, w http.ResponseWriter, r *http.Request) {
	a := shelfAnswer{status: http.StatusOK}
	require.NoError(t, json.NewDecoder(r.Body).Decode(&a.search))
	q := r.URL.Query()
	require.Equal(t, []string{"start:asc"}, q["sort"])
	require.Equal(t, []string{"transporter"}, q["source"])
	limit, err := strconv.Atoi(q.Get("limit"))
	require.NoError(t, err)
	a.offset, err = strconv.Atoi(q.Get("offset"))
	require.NoError(t, err)
	require.LessOrEqual(t, limit, 100)
	rows := s.matches(a.search)
	a.count = len(rows)
	a.rows = rows[min(a.offset, len(rows)):min(a.offset+limit, len(rows))]
	if limit > 1 {
		s.searches = append(s.searches, a.search)
		s.pages++
		if s.spoil != nil {
			s.spoil(s.pages, &a)
		}
	}
	w.WriteHeader(a.status)
	if a.status != http.StatusOK {
		return
	}
	text := make([]string, len(a.rows))
	for i, c := range a.rows {
		text[i] = c.json(false)
	}
	_, _ = fmt.Fprintf(w, `{"_metadata":{"count":%d,"next":{"href":"http://elsewhere.invalid/x"},"shardsStatusResult":{"partialResult":%t}},`+
		`"conversationHistoryRecords":[%s]}`, a.count, a.partial, strings.Join(text, ","))
}

func (s *shelf) matches(b searchBody) (rows []conversation) {
	in := func(f *filter, v int64) bool {
		return f == nil || v >= floorGrain(f.From) && v <= ceilGrain(f.To)
	}
	for _, c := range s.list {
		if in(&b.Start, c.start) && in(b.End, c.end) && in(b.FullDialogEndTime, c.end) &&
			(b.LatestUpdateTime == nil || c.update >= floorGrain(b.LatestUpdateTime.From)) {
			rows = append(rows, c)
		}
	}
	sort.SliceStable(rows, func(i, j int) bool { return rows[i].start < rows[j].start })
	return rows
}

func (s *shelf) byConversation(t *testing.T, w http.ResponseWriter, r *http.Request) {
	var body struct{ ConversationID string }
	require.NoError(t, json.NewDecoder(r.Body).Decode(&body))
	s.byID = append(s.byID, body.ConversationID)
	for _, c := range s.list {
		if c.id == body.ConversationID {
			_, _ = fmt.Fprintf(w, `{"_metadata":{"count":1},"conversationHistoryRecords":[%s]}`, c.json(true))
			return
		}
	}
	w.WriteHeader(http.StatusNoContent)
}

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC).UnixMilli()

const (
	minute = int64(60_000)
	hour   = 60 * minute
	day    = 24 * hour
)

// row returns n conversations, one every step from start, each ending a minute later.
func row(prefix string, n int, start, step int64) (list []conversation) {
	for i := range n {
		at := start + int64(i)*step
		list = append(list, conversation{id: fmt.Sprintf("%s%04d", prefix, i), start: at, end: at + minute, conversationEnd: at + minute, update: at})
	}
	return list
}

// query returns a query by the basis, with the reader's clock at noon.
func query(basis string, from, to int64) source.Query {
	return source.Query{
		Resource: Interactions, From: from, To: to, Now: noon,
		Params: map[string]json.RawMessage{"time_basis": json.RawMessage(strconv.Quote(basis))},
	}
}

func idsOf(list []conversation) (ids []string) {
	for _, c := range list {
		ids = append(ids, c.id)
	}
	sort.Strings(ids)
	return ids
}

// requireIDs checks that exactly these were committed, each in one slice.
func requireIDs(t require.TestingT, want []string, m *memory) {
	byID, times := m.records()
	got := make([]string, 0, len(byID))
	for id := range byID {
		got = append(got, id)
		require.Equal(t, 1, times[id], "conversation %s is in more than one slice", id)
	}
	sort.Strings(got)
	if len(want) == 0 {
		require.Empty(t, got)
		return
	}
	require.Equal(t, want, got)
}
