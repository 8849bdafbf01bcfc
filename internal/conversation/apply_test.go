package conversation

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func whole(updated int64, stage, state string) Event {
	return Event{
		Key: DetailsKey(updated), Kind: Details, Sequence: Unnumbered,
		State: &Snapshot{Updated: updated, Stage: stage, State: state, Skill: "7"},
	}
}

// lines writes what a state gave to the journal in short.
func lines(s *State) (out []string) {
	for _, e := range s.Take() {
		switch {
		case e.Gap != nil:
			out = append(out, fmt.Sprintf("gap %d-%d", e.Gap.From, e.Gap.To))
		case e.Failed != nil:
			out = append(out, "failed "+e.Failed.IdemKey)
		case e.Late:
			out = append(out, "late "+e.Event.Key)
		default:
			out = append(out, e.Event.Key)
		}
	}
	return out
}

func TestApply(t *testing.T) {
	typing := func(from, state string) Event {
		return Event{Key: from + " " + state, Kind: Typing, Dialog: "d", Sequence: Unnumbered, From: from, Typing: state}
	}
	other := func(key string, sequence int) Event {
		return Event{Key: key, Kind: Other, Dialog: "d", Sequence: sequence}
	}
	for name, c := range map[string]struct {
		events []Event
		want   []string
	}{
		"a duplicate":                   {[]Event{numbered("d", 0), numbered("d", 0)}, []string{"d/0"}},
		"a duplicate of what waits":     {[]Event{numbered("d", 1), numbered("d", 1), numbered("d", 0)}, []string{"d/0", "d/1"}},
		"disorder":                      {[]Event{numbered("d", 2), numbered("d", 0), numbered("d", 1)}, []string{"d/0", "d/1", "d/2"}},
		"dialogs wait for themselves":   {[]Event{numbered("d", 1), numbered("e", 0)}, []string{"e/0"}},
		"statements do not wait":        {[]Event{numbered("d", 1), whole(5, "OPEN", "OPEN")}, []string{"details/5"}},
		"a stale statement":             {[]Event{whole(5, "CLOSE", "CLOSE"), whole(4, "OPEN", "OPEN"), whole(5, "CLOSE", "CLOSE")}, []string{"details/5"}},
		"typing is coalesced":           {[]Event{typing("a", "COMPOSING"), typing("b", "COMPOSING"), typing("a", "PAUSE")}, []string{"b COMPOSING", "a PAUSE"}},
		"what is new, and has a number": {[]Event{other("d/0", 0), numbered("d", 1), other("d/0", 0)}, []string{"d/0", "d/1"}},
		"what is new, and has none":     {[]Event{other("x", Unnumbered), other("y", Unnumbered), other("x", Unnumbered)}, []string{"x", "y"}},
		"content after the close":       {[]Event{whole(5, "CLOSE", "CLOSE"), numbered("d", 0)}, []string{"details/5", "d/0"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := &State{Subscribed: every}
			for _, e := range c.events {
				s.Apply(e, 1)
			}
			require.Equal(t, c.want, lines(s))
		})
	}
}

// More than may wait has the gap marked and passed; what comes then is late, and nothing is lost.
func TestTooMuchWaits(t *testing.T) {
	s := &State{Subscribed: every}
	body, err := json.Marshal(strings.Repeat("x", 30<<10))
	require.NoError(t, err)
	for n := 1; n <= 4; n++ {
		e := numbered("d", n)
		e.Body = body
		s.Apply(e, 1)
	}
	s.Apply(numbered("d", 0), 2)
	require.Equal(t, []string{"gap 0-0", "d/1", "d/2", "d/3", "d/4", "late d/0"}, lines(s))
	require.Zero(t, s.waiting())
}

func TestWhatBecameOfMessages(t *testing.T) {
	s := &State{Subscribed: every, Participant: "consumer"}
	say := func(n int, role string) {
		s.Apply(Event{Key: NumberedKey("d", n), Kind: Content, Dialog: "d", Sequence: n, Role: role}, 1)
	}
	mark := func(n int, role, status string, of ...int) {
		s.Apply(Event{Key: NumberedKey("d", n), Kind: Status, Dialog: "d", Sequence: n, Role: role, Status: &StatusOf{Status: status, Sequences: of}}, 1)
	}
	say(0, RoleConsumer)
	say(1, RoleAgent)
	say(2, RoleConsumer)
	mark(3, RoleAgent, "READ", 0, 1)
	mark(4, RoleAgent, "ACCEPT", 0, 2)
	mark(5, RoleConsumer, "NACK", 1)
	s.Fail("k", "refused", 1)
	var got []string
	for _, m := range s.Messages {
		got = append(got, fmt.Sprint(m.Sequence, " ", m.State))
	}
	require.Equal(t, []string{"0 read", "1 failed", "2 accepted", "-1 failed"}, got)
}

// What we sent is remembered under its key, also when only its echo tells of it.
func TestAnswers(t *testing.T) {
	s := &State{Subscribed: every}
	e := numbered("d", 0)
	e.External = "mine"
	s.Apply(e, 1)
	s.Remember(Answer{Key: "mine", Dialog: "d", Sequence: 99})
	a, known := s.Remembered("", "mine")
	require.True(t, known)
	require.Equal(t, 0, a.Sequence, "the first answer stays")
	_, known = s.Remembered("mark", "mine")
	require.False(t, known)
}

// However many requests of other kinds there are, and however long ago a message was sent, its key is
// either remembered with its answer or known as forgotten; other keys are hardly ever taken for that.
func TestNoKeyOfAMessageIsLost(t *testing.T) {
	s := &State{}
	const messages = 5_000
	for n := range messages {
		s.Remember(Answer{Key: fmt.Sprint("message ", n), Sequence: n})
		for _, update := range []string{"mark", "change"} {
			s.Remember(Answer{Key: fmt.Sprint(update, n), Update: update})
		}
	}
	require.Len(t, s.Answers, 2*mostAnswers)
	require.Less(t, sizeOf(s), 64<<10)
	taken := 0
	for n := range messages {
		key := fmt.Sprint("message ", n)
		a, remembered := s.Remembered("", key)
		require.Equal(t, n >= messages-mostAnswers, remembered, key)
		require.True(t, remembered && a.Sequence == n || s.Forgotten.Has(key), key)
		if s.Forgotten.Has(fmt.Sprint("new ", n)) {
			taken++
		}
	}
	require.Less(t, taken, messages/50)
	var again State
	raw, err := json.Marshal(s)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(raw, &again))
	require.True(t, again.Forgotten.Has("message 0"))
	require.False(t, (&State{}).Forgotten.Has("message 0"))
}

func TestPhases(t *testing.T) {
	survey := Dialog{ID: "s", Type: "POST_SURVEY", State: "OPEN"}
	mainDialog := Dialog{ID: "c", Type: "MAIN", State: "CLOSE"}
	for name, c := range map[string]struct {
		latest        Snapshot
		phase, dialog string
		queue         string
	}{
		"nothing known yet": {Snapshot{}, PhaseOpen, "c", ""},
		"in a queue":        {Snapshot{Stage: "OPEN", State: "OPEN", Skill: "7"}, PhaseOpen, "c", "7"},
		"answered":          {Snapshot{Stage: "OPEN", State: "OPEN", Skill: "7", Participants: []Participant{{"a", RoleAgent}}}, PhaseOpen, "c", ""},
		"survey":            {Snapshot{Stage: "OPEN", State: "CLOSE", Dialogs: []Dialog{mainDialog, survey}}, PhaseSurvey, "s", ""},
		"before the survey": {Snapshot{Stage: "OPEN", State: "CLOSE", Dialogs: []Dialog{mainDialog}}, PhaseSurvey, "", ""},
		"closed":            {Snapshot{Stage: "CLOSE", State: "CLOSE", Dialogs: []Dialog{mainDialog}}, PhaseClosed, "", ""},
		"deleted":           {Snapshot{Deleted: true}, PhaseClosed, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := &State{Latest: c.latest}
			require.Equal(t, []string{c.phase, c.dialog, c.queue}, []string{s.Phase(), s.OpenDialog("c"), s.Queue()})
		})
	}
}

// A number that nobody can believe costs no memory.
func TestPassedIsBounded(t *testing.T) {
	s := &State{Subscribed: every}
	s.Apply(numbered("d", 0), 1)
	s.Apply(numbered("d", 2_000_000_000), 1)
	s.GiveUp(giveUpAt + 1)
	s.Apply(numbered("d", 1_999_999_999), 2)
	s.Apply(numbered("d", 1_999_999_999), 2)
	s.Apply(numbered("d", 5), 3) // older than is remembered: told by its key
	s.Apply(numbered("d", 5), 3)
	require.Equal(t, []string{"d/0", "gap 1-1999999999", "d/2000000000", "late d/1999999999", "late d/5"}, lines(s))
	require.Less(t, sizeOf(s), 32<<10)
}

// Where webhooks do not bring every kind, an event waits for one short question, also behind a
// number that nobody knows of yet.
func TestSparseDialogsAskAgain(t *testing.T) {
	s := &State{Subscribed: []Kind{Content}}
	s.Sent("d", 0, 0) // a file of ours, whose echo has not come
	require.Equal(t, int64(askSparse), s.AskAt())
	s.Answered(s.Missing(), nil, true, askSparse)
	require.Equal(t, int64(askSparse+2*askAfter), s.AskAt())
	s.Apply(numbered("d", 1), 5_000)
	require.Equal(t, int64(5_000+askSparse), s.AskAt())
	s.Answered(s.Missing(), nil, true, s.AskAt())
	require.Equal(t, []string{"d/1"}, lines(s))
	s.Apply(numbered("d", 0), 9_000)
	require.Equal(t, []string{"late d/0"}, lines(s))
}
