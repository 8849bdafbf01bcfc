package liveperson

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
	"transporter/internal/source"
)

// atMoments are conversations that begin and end at one moment, by their ids.
func atMoments(moments map[string]int64) (list []conversation) {
	for id, at := range moments {
		list = append(list, conversation{id: id, start: at, end: at, conversationEnd: at})
	}
	return list
}

// A conversation at the exact edge of two windows is in one of them, once.
func TestK1AnEdgeIsInOneOfTwoWindows(t *testing.T) {
	edge := noon - 2*hour
	list := atMoments(map[string]int64{"first": edge - 10*minute, "last": edge - 1, "edge": edge, "after": edge + 1})
	for _, basis := range []string{basisStart, basisEnd, basisFullDialogEnd} {
		t.Run(basis, func(t *testing.T) {
			s, m, next := newShelf(t, list), newMemory(), newMemory()
			c := client(t, s.Server, newFakeTime())
			require.NoError(t, c.Fetch(t.Context(), query(basis, edge-10*minute, edge), m))
			requireIDs(t, []string{"first", "last"}, m)
			require.NoError(t, c.Fetch(t.Context(), query(basis, edge, edge+10*minute), next))
			requireIDs(t, []string{"after", "edge"}, next)
		})
	}
}

// The source rounds 10:03 to 10:18 outwards to 10:00 and 10:20; nothing of that comes in.
func TestK2RoundingLetsNothingIn(t *testing.T) {
	from, to := noon-2*hour+3*minute, noon-2*hour+18*minute
	list := atMoments(map[string]int64{
		"rounding before": from - 2*minute, "just before": from - 1, "first": from, "inside": from + minute,
		"last": to - 1, "edge": to, "rounding after": to + minute,
	})
	for _, basis := range []string{basisStart, basisEnd, basisFullDialogEnd} {
		t.Run(basis, func(t *testing.T) {
			s, m := newShelf(t, list), newMemory()
			require.NoError(t, client(t, s.Server, newFakeTime()).Fetch(t.Context(), query(basis, from, to), m))
			requireIDs(t, []string{"first", "inside", "last"}, m)
			require.Equal(t, []int64{int64(len(list)), 3}, []int64{m.counts().Fetched, m.counts().Kept}, "the source did round them in")
		})
	}
}

// The window of ends holds conversations of any age, and those whose survey moved the
// end out of it.
func TestK3OldConversationsByTheirEnd(t *testing.T) {
	from, to := noon-10*day, noon-9*day
	at := func(id string, started, ended, moved int64) conversation {
		return conversation{id: id, start: started, conversationEnd: ended, end: moved}
	}
	list := []conversation{
		at("same day", from+hour, from+2*hour, from+2*hour),
		at("200 days old", noon-200*day, from, from),
		at("13 months old", time.UnixMilli(noon).UTC().AddDate(0, -13, 1).UnixMilli(), to-1, to-1),
		at("survey after the window", from+hour, to-1, to+20*hour),
		at("survey at the last moment", from+hour, to-1, to-1+7*day),
		at("ended later", from+hour, to, to),
		at("ended before, survey in the window", from-day, from-1, from+hour),
		at("still open", from+hour, -1, -1),
	}
	s, m := newShelf(t, list), newMemory()
	require.NoError(t, client(t, s.Server, newFakeTime()).Fetch(t.Context(), query(basisEnd, from, to), m))
	requireIDs(t, []string{"13 months old", "200 days old", "same day", "survey after the window", "survey at the last moment"}, m)
	for _, b := range s.searches {
		require.Less(t, b.Start.To-b.Start.From, 89*day)
		require.Equal(t, filter{From: from, To: to + 8*day}, *b.End)
		require.Equal(t, []string{"CLOSE"}, b.Status)
	}
}

// A window longer than the API takes is asked for in pieces, each conversation once.
func TestFetchLongWindowOfEnds(t *testing.T) {
	list := row("c", 300, noon-390*day, 30*hour)
	for i := range list {
		list[i].conversationEnd += int64(i%50) * day
		list[i].end = list[i].conversationEnd + int64(i%9)*day
	}
	list = slices.DeleteFunc(list, func(c conversation) bool { return c.end >= noon })
	from, to := noon-300*day, noon-day
	s, m := newShelf(t, list), newMemory()
	require.NoError(t, client(t, s.Server, newFakeTime()).Fetch(t.Context(), query(basisEnd, from, to), m))
	want := slices.DeleteFunc(slices.Clone(list), func(c conversation) bool { return c.conversationEnd < from || c.conversationEnd >= to })
	require.Greater(t, len(want), 100)
	requireIDs(t, idsOf(want), m)
	for _, b := range s.searches {
		require.Less(t, b.End.To-b.End.From, 89*day)
	}
}

func TestFetchUpdatedSince(t *testing.T) {
	list := row("c", 4, noon-100*day, 30*day)
	list[0].update = noon - minute
	list[3].update = noon - 2*hour
	s, m := newShelf(t, list), newMemory()
	require.NoError(t, client(t, s.Server, newFakeTime()).Fetch(t.Context(), query(basisUpdated, noon-hour, noon), m))
	requireIDs(t, []string{list[0].id}, m)
}

func TestFetchRefusesBadQueries(t *testing.T) {
	param := func(name, value string) func(*source.Query) {
		return func(q *source.Query) { q.Params = map[string]json.RawMessage{name: json.RawMessage(value)} }
	}
	for name, tc := range map[string]struct {
		change func(*source.Query)
		says   string
	}{
		"resource":    {func(q *source.Query) { q.Resource = "chats" }, "resource: \"chats\""},
		"empty":       {func(q *source.Query) { q.To = q.From }, "window: "},
		"future":      {func(q *source.Query) { q.From, q.To = q.Now+1, q.Now+2 }, "in the future"},
		"basis":       {param("time_basis", `"begin"`), "parameters.time_basis: \"begin\" is no time basis (give one of start, end"},
		"version":     {param("api_version", `3`), "parameters.api_version: \"3\""},
		"wrong type":  {param("skill_ids", `"7"`), "parameters.skill_ids"},
		"wrong id":    {param("skill_ids", `[1.5]`), "neither text nor a whole number"},
		"unknown one": {param("language", `"de"`), "parameters.language"},
	} {
		t.Run(name, func(t *testing.T) {
			s, q := newShelf(t, nil), query(basisStart, noon-day, noon)
			tc.change(&q)
			err := client(t, s.Server, newFakeTime()).Fetch(t.Context(), q, newMemory())
			require.Equal(t, fault.InvalidSpec, fault.KindOf(err), "%v", err)
			require.ErrorContains(t, err, tc.says)
			require.Zero(t, s.calls)
		})
	}
}

func TestFetchSendsFilters(t *testing.T) {
	s, q := newShelf(t, nil), query(basisStart, noon-day, noon)
	for name, value := range map[string]string{
		"status": `["OPEN","CLOSE"]`, "skill_ids": `["1",2]`, "agent_ids": `["3"]`, "group_ids": `[4]`,
		"sources": `["APP"]`, "content": `["messageRecords"]`, "api_version": `2`,
	} {
		q.Params[name] = json.RawMessage(value)
	}
	require.NoError(t, client(t, s.Server, newFakeTime()).Fetch(t.Context(), q, newMemory()))
	require.Equal(t, []searchBody{{
		Start: filter{From: noon - day, To: noon - 1}, Status: []string{"OPEN", "CLOSE"}, SkillIDs: []id{"1", "2"},
		AgentIDs: []id{"3"}, AgentGroupIDs: []id{"4"}, Source: []string{"APP"}, ContentToRetrieve: []string{"messageRecords"},
	}}, s.searches)
}
