package liveperson

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
)

func TestFetchSurvivesSpoiltPages(t *testing.T) {
	from, to := noon-2*day, noon-day
	list := row("c", 450, from, 3*minute)
	for name, tc := range map[string]struct {
		spoil      func(n int, a *shelfAnswer)
		duplicates int64
	}{
		"partial result on page 3": {func(n int, a *shelfAnswer) {
			if n == 3 {
				a.partial, a.rows = true, a.rows[:40]
			}
		}, 0},
		"a row missing once": {func(n int, a *shelfAnswer) {
			if n == 2 {
				a.rows = a.rows[1:]
			}
		}, 0},
		"a row twice": {func(n int, a *shelfAnswer) {
			if n == 2 {
				a.rows = append(slices.Clone(a.rows), a.rows[0])
			}
		}, 1},
		"a row instead of another": {func(n int, a *shelfAnswer) {
			if n == 2 {
				a.rows = append(slices.Clone(a.rows[1:]), a.rows[1])
			}
		}, 0},
		"count moves once": {func(n int, a *shelfAnswer) {
			if n == 4 {
				a.count++
			}
		}, 0},
		"count moves between all pages": {func(_ int, a *shelfAnswer) {
			if a.offset > 0 {
				a.count++
			}
		}, 0},
		"500, then 429": {func(n int, a *shelfAnswer) {
			a.status = map[int]int{2: 500, 4: 429}[n]
			if a.status == 0 {
				a.status = 200
			}
		}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s, m := newShelf(t, list), newMemory()
			s.spoil = tc.spoil
			c := client(t, s.Server, newFakeTime())
			require.NoError(t, c.Fetch(t.Context(), query(basisStart, from, to), m))
			requireIDs(t, idsOf(list), m)
			got := m.counts()
			require.Equal(t, int64(450), got.Kept)
			require.Equal(t, got.Total, got.Fetched) // both count what rounding adds
			require.Equal(t, tc.duplicates, got.Duplicates)
			require.Equal(t, int64(s.pages), got.Calls)
		})
	}
}

func TestFetchFailsWhenItLasts(t *testing.T) {
	from, to := noon-20*day, noon-19*day
	list := row("c", 150, from, 3*minute)
	for name, tc := range map[string]struct {
		spoil func(n int, a *shelfAnswer)
		kind  fault.Kind
		says  string
	}{
		"a row missing": {func(_ int, a *shelfAnswer) {
			if a.offset > 0 {
				a.rows = a.rows[1:]
			}
		}, fault.CountMismatch, "the source counts 150, but 149 distinct ones were received"},
		"count too high":  {func(_ int, a *shelfAnswer) { a.count += a.count / 50 }, fault.CountMismatch, "counts 153, but 150 distinct"},
		"count too low":   {func(_ int, a *shelfAnswer) { a.count -= a.count / 5 }, fault.CountMismatch, "counts 120, but 150 distinct"},
		"partial results": {func(_ int, a *shelfAnswer) { a.partial = a.offset > 0 }, fault.PartialData, "page at offset 100"},
		"no credentials":  {func(_ int, a *shelfAnswer) { a.status = 401 }, fault.AuthFailed, "credentials"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, basis := range []string{basisStart, basisEnd} {
				s, m := newShelf(t, list), newMemory()
				s.spoil = tc.spoil
				err := client(t, s.Server, newFakeTime()).Fetch(t.Context(), query(basis, from, to), m)
				require.Equal(t, tc.kind, fault.KindOf(err), "%v", err)
				require.ErrorContains(t, err, tc.says)
				for _, commit := range m.commits {
					require.Empty(t, commit.records, "a slice was committed that is not whole")
				}
			}
		})
	}
}

// Where even ten minutes never hold still, the fetch fails and may be tried again.
func TestFetchFailsWhereNothingHoldsStill(t *testing.T) {
	list := row("c", 150, noon-day+minute, 100)
	s, m := newShelf(t, list), newMemory()
	s.spoil = func(_ int, a *shelfAnswer) {
		if a.offset > 0 {
			a.count++
		}
	}
	err := client(t, s.Server, newFakeTime()).Fetch(t.Context(), query(basisStart, noon-day, noon-day+10*minute), m)
	require.True(t, fault.Is(err, fault.PartialData), "%v", err)
	require.ErrorContains(t, err, "150 matches became 151: the count moved between pages")
	require.Empty(t, m.commits)
}

// New conversations behind those already read disturb nobody.
func TestFetchWhileConversationsStart(t *testing.T) {
	list := row("c", 250, noon-hour, 10_000)
	s, m := newShelf(t, list), newMemory()
	s.spoil = func(n int, _ *shelfAnswer) {
		s.list = append(s.list, conversation{id: fmt.Sprint("new", n), start: noon + int64(n)})
	}
	require.NoError(t, client(t, s.Server, newFakeTime()).Fetch(t.Context(), query(basisStart, noon-hour, noon), m))
	requireIDs(t, idsOf(list), m)
	require.Equal(t, 3, s.pages, "nothing is read twice")
}

// While conversations end, the matches of a running search shift under the reader. It
// reads again, in halves, until nothing moves.
func TestFetchWhileConversationsEnd(t *testing.T) {
	from, to := noon-day, noon-6*hour
	list := row("c", 1500, from, (to-from)/1600)
	for i := range list {
		if i%3 == 0 { // of a third searches do not know yet that it ended
			list[i].end = notYet
		}
	}
	s, m := newShelf(t, list), newMemory()
	ended := 0
	s.spoil = func(n int, _ *shelfAnswer) {
		if n%2 == 0 && ended < len(s.list) { // every other page one of them closes, which adds it to the matches
			s.list[ended].end = noon - minute
			ended += 3
		}
	}
	require.NoError(t, client(t, s.Server, newFakeTime()).Fetch(t.Context(), query(basisEnd, from, to), m))
	byID, _ := m.records()
	for i, c := range list {
		if i%3 != 0 { // it matched all the time
			require.Contains(t, byID, c.id)
		}
	}
	require.Greater(t, ended, 30)
}

// What only a reading in vain has seen is not delivered: the conversation is in the window
// no more. The next attempt reads the slice without it.
func TestFetchDropsWhatLeftTheWindowMeanwhile(t *testing.T) {
	from, to := noon-day, noon-6*hour
	for name, leave := range map[string]func(s *shelf){
		"its end moved":    func(s *shelf) { s.list[10].end = noon - hour },
		"it was forgotten": func(s *shelf) { s.list = slices.Delete(slices.Clone(s.list), 10, 11) },
	} {
		t.Run(name, func(t *testing.T) {
			list := row("c", 150, from, minute)
			s, m := newShelf(t, slices.Clone(list)), newMemory()
			left := false
			s.spoil = func(_ int, a *shelfAnswer) {
				if a.offset > 0 && !left { // this pass fails, after its first page was staged
					a.rows, left = a.rows[1:], true
					leave(s)
				}
			}
			c := client(t, s.Server, newFakeTime())
			err := c.Fetch(t.Context(), query(basisFullDialogEnd, from, to), m)
			require.True(t, fault.Is(err, fault.PartialData), "%v", err)
			require.ErrorContains(t, err, list[10].id)
			require.NoError(t, c.Fetch(t.Context(), query(basisFullDialogEnd, from, to), m))
			requireIDs(t, idsOf(slices.Delete(list, 10, 11)), m)
			require.Equal(t, int64(149), m.counts().Kept)
		})
	}
}

func TestFetchReadsTruncatedRecordsById(t *testing.T) {
	from, to := noon-2*day, noon-day
	list := row("c", 5, from, hour)
	list[2].partial = true
	list = append(list, conversation{id: "outside", start: to + minute, end: to + minute, partial: true, lost: true})
	s, m := newShelf(t, list), newMemory()
	require.NoError(t, client(t, s.Server, newFakeTime()).Fetch(t.Context(), query(basisStart, from, to), m))
	require.Equal(t, []string{list[2].id}, s.byID)
	byID, _ := m.records()
	require.Contains(t, string(byID[list[2].id].Raw), `"isPartial":false`)
	require.Contains(t, string(byID[list[2].id].Raw), `"whole":true`)

	s.byID = nil
	s.list[3].lost = true
	m = newMemory()
	require.NoError(t, client(t, s.Server, newFakeTime()).Fetch(t.Context(), query(basisStart, from, to), m))
	require.Equal(t, []string{list[2].id, list[3].id, list[3].id, list[3].id}, s.byID, "some tries")
	byID, _ = m.records()
	require.Contains(t, string(byID[list[3].id].Raw), `"isPartial":true`, "staged as it is: the report refuses it by its id")
	require.Contains(t, string(byID[list[3].id].Raw), `"whole":true`, "as its id gave it")
	require.True(t, byID[list[3].id].Cut)
	require.False(t, byID[list[2].id].Cut)
}

// A record that a search finds, and its id does not, is missing.
func TestFetchRefusesWhatIsGoneByItsId(t *testing.T) {
	from, to := noon-2*day, noon-day
	list := row("c", 5, from, hour)
	list[2].partial = true
	s := newShelf(t, list)
	s.spoil = func(_ int, _ *shelfAnswer) { s.list = slices.Delete(slices.Clone(list), 2, 3) }
	err := client(t, s.Server, newFakeTime()).Fetch(t.Context(), query(basisStart, from, to), newMemory())
	require.True(t, fault.Is(err, fault.PartialData), "%v", err)
	require.ErrorContains(t, err, list[2].id)
}

func TestFetchNoContent(t *testing.T) {
	s, m := newShelf(t, nil), newMemory()
	s.spoil = func(_ int, a *shelfAnswer) { a.status = 204 }
	require.NoError(t, client(t, s.Server, newFakeTime()).Fetch(t.Context(), query(basisEnd, noon-day, noon), m))
	require.Equal(t, len(m.slices), len(m.commits))
	require.Zero(t, m.counts().Total)
}

func TestFetchRefusesRecordsWithoutIdentity(t *testing.T) {
	s := newShelf(t, []conversation{{id: "", start: noon - hour, end: noon - hour}})
	err := client(t, s.Server, newFakeTime()).Fetch(t.Context(), query(basisStart, noon-day, noon), newMemory())
	require.True(t, fault.Is(err, fault.SchemaMismatch), "%v", err)
}
