package liveperson

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"transporter/internal/fault"
	"transporter/internal/sandbox"
	"transporter/internal/sandbox/sandboxtest"
	"transporter/internal/source"
)

const chatsPrefix = "/interaction_history/"

func (c *cloud) chatQuery(from, to int64) source.Query {
	return source.Query{Resource: Chats, From: from, To: to, Now: c.now}
}

// engagements lists the ids of those that ended in the window.
func (c *cloud) engagements(t require.TestingT, from, to int64) (ids []string) {
	all, err := c.World().Engagements(sandboxtest.AccountID, from, to)
	require.NoError(t, err)
	for e := range all {
		ids = append(ids, e.ID)
	}
	slices.Sort(ids)
	return ids
}

// Whatever the window, what arrives is what ended in it: every engagement, once, also of
// chats that began long before.
func TestChatWindowsEqualTheWorld(t *testing.T) {
	c := startCloud(t, 4000)
	rapid.Check(t, func(t *rapid.T) {
		length := rapid.SampledFrom([]int64{7 * minute, hour, day, 20 * day, 40 * day}).Draw(t, "unit") * rapid.Int64Range(1, 2).Draw(t, "length")
		to := c.now - rapid.Int64Range(0, 300*day).Draw(t, "age")
		limits := Limits{SliceMatches: rapid.Int64Range(50, 500).Draw(t, "matches"), PageSize: rapid.IntRange(25, 100).Draw(t, "page")}
		m := newMemory()
		require.NoError(t, c.client(t, func(c *Config) { c.Limits = limits }).Fetch(t.Context(), c.chatQuery(to-length, to), m))
		requireIDs(t, c.engagements(t, to-length, to), m)
		got := m.counts()
		require.Equal(t, got.Total, got.Fetched)
		require.Zero(t, got.Duplicates)
	})
}

// The world must hold what the property is about: chats that began hours before the
// window, and chats of several engagements.
func TestTheWorldHasLongAndTransferredChats(t *testing.T) {
	c := startCloud(t, 12_000)
	long, transferred := 0, 0
	all, err := c.World().Engagements(sandboxtest.AccountID, c.now-60*day, c.now)
	require.NoError(t, err)
	for e := range all {
		if e.End-e.Start > 5*hour {
			long++
		}
		if e.ID[len(e.ID)-1] != '0' {
			transferred++
		}
	}
	require.Greater(t, long, 2)
	require.Greater(t, transferred, 20)
}

// Neighbouring windows whose edge is the very end of a chat share none and lose none.
func TestChatsAtTheEdge(t *testing.T) {
	c := startCloud(t, 12_000)
	all, err := c.World().Engagements(sandboxtest.AccountID, c.now-3*day, c.now-2*day)
	require.NoError(t, err)
	for e := range all {
		before, after := newMemory(), newMemory()
		require.NoError(t, c.client(t).Fetch(t.Context(), c.chatQuery(e.End-hour, e.End), before))
		require.NoError(t, c.client(t).Fetch(t.Context(), c.chatQuery(e.End, e.End+hour), after))
		in, _ := before.records()
		require.NotContains(t, in, e.ID)
		in, _ = after.records()
		require.Contains(t, in, e.ID)
		require.Equal(t, e.Start, in[e.ID].Order)
		require.Equal(t, e.End, in[e.ID].At)
		return
	}
	t.Fatal("no chat ended on that day")
}

func TestChatFaults(t *testing.T) {
	c := startCloud(t, 12_000)
	from, to := c.now-20*day, c.now-6*day
	for name, tc := range map[string]struct {
		f     sandbox.Fault
		kinds []fault.Kind // whichever is met first; none: it passes
	}{
		"partial result once":     {sandbox.Fault{Kind: sandbox.PartialResult, After: 2, Times: 1}, nil},
		"partial result for good": {sandbox.Fault{Kind: sandbox.PartialResult, Forever: true}, []fault.Kind{fault.PartialData}},
		"partial record":          {sandbox.Fault{Kind: sandbox.PartialRecord, Every: 2}, nil},
		"count moves":             {sandbox.Fault{Kind: sandbox.CountDrift, Times: 2, Rows: 3}, nil},
		"rows twice":              {sandbox.Fault{Kind: sandbox.DuplicateRows, After: 3, Times: 2}, nil},
		"rows missing for good":   {sandbox.Fault{Kind: sandbox.MissingRows, Forever: true}, []fault.Kind{fault.CountMismatch, fault.PartialData}}, // of searches, and of those by id
		"429 and 500":             {sandbox.Fault{Kind: sandbox.ServerError, Every: 4}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			tc.f.Path = chatsPrefix
			require.NoError(t, c.SetFaults(tc.f))
			defer func() { require.NoError(t, c.SetFaults()) }()
			m := newMemory()
			err := c.client(t).Fetch(t.Context(), c.chatQuery(from, to), m)
			require.Positive(t, c.Faults()[0].Hits)
			if tc.kinds != nil {
				require.Contains(t, tc.kinds, fault.KindOf(err), err)
				return
			}
			require.NoError(t, err)
			requireIDs(t, c.engagements(t, from, to), m)
			byID, _ := m.records()
			for id, r := range byID {
				require.NotContains(t, string(r.Raw), `"isPartial":true`, id)
			}
		})
	}
}

// The sandbox cuts chats of very many lines by itself; read by their id they are whole.
func TestHugeChatsAreReadWhole(t *testing.T) {
	c := startCloud(t, 12_000)
	var huge int
	lines := map[string]int{}
	from, to := c.now-360*day, c.now
	all, err := c.World().Engagements(sandboxtest.AccountID, from, to)
	require.NoError(t, err)
	for e := range all {
		lines[e.ID] = e.Lines()
	}
	m := newMemory()
	require.NoError(t, c.client(t).Fetch(t.Context(), c.chatQuery(from, to), m))
	byID, _ := m.records()
	require.Len(t, byID, len(lines))
	for id, r := range byID {
		n := bytes.Count(r.Raw, []byte(`"controlType"`))
		require.Equal(t, lines[id], n, id)
		if n > 100 {
			huge++
		}
	}
	require.Positive(t, huge)
}

// No request spans more than a month, whatever the window; the older the piece, the
// longer a chat must have taken, and both bounds of the duration are there.
func TestChatRequests(t *testing.T) {
	var bodies []chatBody
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		text, err := io.ReadAll(r.Body)
		require.NoError(t, err)
		var b chatBody
		require.NoError(t, json.Unmarshal(text, &b))
		bodies = append(bodies, b)
		_, _ = fmt.Fprint(w, `{"_metadata":{"count":0},"interactionHistoryRecords":[]}`)
	})
	from, to := noon-100*day, noon-40*day
	q := source.Query{Resource: Chats, From: from, To: to, Now: noon, Params: map[string]json.RawMessage{"skill_ids": json.RawMessage(`["12"]`)}}
	require.NoError(t, client(t, s.Server, newFakeTime()).Fetch(t.Context(), q, newMemory()))
	oldest := to
	for _, b := range bodies {
		require.True(t, b.Ended)
		require.Equal(t, []id{"12"}, b.SkillIDs)
		require.LessOrEqual(t, b.Start.To-b.Start.From, 28*day-20*minute)
		oldest = min(oldest, b.Start.From)
		if gap := (from - b.Start.To) / 1000; gap > 3600 {
			require.NotNil(t, b.Duration)
			require.LessOrEqual(t, b.Duration.From, gap)
			require.GreaterOrEqual(t, b.Duration.From, gap-120)
			require.Greater(t, b.Duration.To, b.Duration.From)
		}
	}
	require.Equal(t, from-30*day, oldest)
}

// Engagements of one chat are records of their own, and one without a place in its chat
// is not taken for another.
func TestEngagementsOfOneChatAreDistinct(t *testing.T) {
	at := strconv.FormatInt(noon-hour, 10)
	body := []byte(`{"_metadata":{"count":3},"interactionHistoryRecords":[
		{"info":{"engagementSequence":0,"engagementId":"1234567899","startTimeL":` + at + `}},
		{"info":{"engagementId":"1234567899","engagementSequence":"1","startTimeL":` + at + `}},
		{"info":{"engagementId":"1234567899","startTimeL":` + at + `}}]}`)
	p, err := parsePage(body, chatsAPI.records)
	require.NoError(t, err)
	var got []string
	for _, r := range p.records {
		require.Equal(t, "1234567899", r.talk)
		got = append(got, r.id)
	}
	require.Equal(t, []string{"1234567899:0", "1234567899:1", "1234567899:-"}, got)
}

// An engagement that cannot be placed in time is an error, not one that belongs nowhere.
func TestAChatWithoutAnEndIsRefused(t *testing.T) {
	for name, info := range map[string]string{
		"no id":    `"startTimeL":BEGIN,"endTimeL":BEGIN`,
		"no start": `"engagementId":"1","endTimeL":BEGIN`,
		"no end":   `"engagementId":"1","startTimeL":BEGIN,"endTime":"undefined"`,
		"end -1":   `"engagementId":"1","startTimeL":BEGIN,"endTimeL":-1`,
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				at := strings.ReplaceAll(info, "BEGIN", fmt.Sprint(noon-hour))
				_, _ = fmt.Fprint(w, `{"_metadata":{"count":1},"interactionHistoryRecords":[{"info":{`+at+`}}]}`)
			})
			q := source.Query{Resource: Chats, From: noon - day, To: noon, Now: noon}
			err := client(t, s.Server, newFakeTime()).Fetch(t.Context(), q, newMemory())
			require.True(t, fault.Is(err, fault.SchemaMismatch), err)
			require.ErrorContains(t, err, "endTimeL")
		})
	}
}

func TestChatParametersAreChecked(t *testing.T) {
	c := startCloud(t, 100)
	q := c.chatQuery(c.now-day, c.now)
	q.Params = map[string]json.RawMessage{"time_basis": json.RawMessage(`"start"`)}
	err := c.client(t).Fetch(t.Context(), q, newMemory())
	require.True(t, fault.Is(err, fault.InvalidSpec), err)
	require.ErrorContains(t, err, "time_basis")
}
