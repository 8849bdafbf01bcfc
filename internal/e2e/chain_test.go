package e2e

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/apiclient"
	"transporter/internal/httpapi"
	"transporter/internal/relay"
	"transporter/internal/sandbox"
	"transporter/internal/sandbox/live"
)

// The whole chain: agents and consumers talk, webhooks bring it, workflows hold it, the channel is
// told, it is closed; and what the reports then deliver is what the sandbox itself has on record.
func TestWhatWasSaidIsDelivered(t *testing.T) {
	t.Parallel()
	s, b := startChain(t)
	surveyed := s.talkToTheEnd(t)
	brief := s.open(t, "consumer-2", "Are you open today?")
	s.act(t, brief, live.Act{Act: "accept"}, live.Act{Act: "say", Text: "Until six."}, live.Act{Act: "mark"}, live.Act{Act: "close"})
	open := s.open(t, "consumer-3", "This one goes on")
	s.act(t, open, live.Act{Act: "accept"}, live.Act{Act: "say", Text: "Certainly"})

	for _, id := range []string{surveyed, brief} {
		eventually(t, "the close at the channel", func() bool {
			states := s.channel.heard(id, relay.TypeConversation)
			return len(states) > 0 && states[len(states)-1].State.Stage == "CLOSE"
		})
		s.sameTranscript(t, id)
	}
	w := s.exported(t, surveyed, brief)

	var sent map[place]string
	for _, format := range []string{"jsonl", "csv"} {
		run := b.run(t, b.task(t, spec("connector.messages", format)), w)
		require.Equal(t, "delivered", run.Outcome, run.Error)
		for _, d := range []string{b.cloud, b.partner} {
			sent = requireMessages(t, b.delivers(t, run, d, format), s.record(t, surveyed), s.record(t, brief))
		}
	}
	run := b.run(t, b.task(t, spec("connector.transcripts", "jsonl")), w)
	require.Equal(t, "delivered", run.Outcome, run.Error)
	for _, d := range []string{b.cloud, b.partner} {
		rows := b.delivers(t, run, d, "jsonl")
		require.Len(t, rows, 2)
		for _, row := range rows {
			requireTranscript(t, row, s.app, s.record(t, row["conversation_id"].text), sent)
		}
	}
	b.requireWhole(t, 3)
}

// startChain is a stack whose worker notes closings as of an hour ago, so that their window is over
// once it runs by the clock, and whose app has nothing repeated, so that they are noted soon.
func startChain(t *testing.T) (*talking, *brand) {
	t.Helper()
	c := newChannel(t)
	o := c.reached(options{size: 1000})
	o.worker = append(o.worker, "--now", time.Now().Add(-time.Hour).UTC().Format(time.RFC3339))
	s := start(t, o)
	b := s.brand(t)
	own, err := s.api.Sources(b.account).Create(t.Context(), httpapi.Source{Kind: "connector", Description: "Our conversations"}, apiclient.Write{})
	require.NoError(t, err)
	b.source = own.ID
	return s.talkAs(t, b.account, c, 0), b
}

// talkToTheEnd holds a conversation with everything in it, to the end of its survey. The answer to
// one message gets lost on the way: it is not sent twice.
func (s *talking) talkToTheEnd(t *testing.T) string {
	t.Helper()
	id := s.open(t, "consumer-1", "Where is my order?", "RICH_CONTENT", "QUICK_REPLIES", "MULTI_DIALOG")
	s.act(t, id, live.Act{Act: "accept"}, live.Act{Act: "type"}, live.Act{Act: "say", Text: "Let me look: emoji 🧡, a comma, \"quotes\"\nand a line"},
		live.Act{Act: "mark", Status: "ACCEPT"}, live.Act{Act: "mark"},
		live.Act{Act: "rich", Content: []byte(`{"type":"vertical","elements":[{"type":"text","text":"Your order"}]}`)},
		live.Act{Act: "say", Text: "Is it this one?", Replies: []string{"yes", "no"}},
		live.Act{Act: "join", Agent: "manager-1"}, live.Act{Act: "say", Agent: "manager-1", Text: "for staff only", Private: true},
		live.Act{Act: "file", Text: "The receipt"})
	eventually(t, "four messages at the channel", func() bool { return len(s.channel.heard(id, relay.TypeMessage)) == 4 })
	var told []int
	for _, m := range s.channel.heard(id, relay.TypeMessage) {
		told = append(told, *m.Sequence)
	}
	for _, status := range []string{"ACCEPT", "READ"} {
		_, err := s.conversations.Mark(t.Context(), id, httpapi.StatusRequest{Status: status, Sequences: told}, apiclient.Write{Key: status})
		require.NoError(t, err)
	}
	s.fail(t, sandbox.Fault{Path: "/api/account/" + platform + "/messaging/consumer/conversation/send", Kind: sandbox.LostAnswer})
	s.say(t, id, "m-1", "yes, <this> one & no other")
	require.Equal(t, 1, s.hits(t), "an answer was lost")
	s.fail(t)
	_, err := s.conversations.SendFile(t.Context(), id, "image/png", "mine", "", pixel(), apiclient.Write{Key: "m-2"})
	require.NoError(t, err)

	_, err = s.conversations.Close(t.Context(), id, httpapi.CloseRequest{What: "dialog"}, apiclient.Write{Key: "c-1"})
	require.NoError(t, err)
	for i, answer := range []string{"5", "Yes"} { // after the greeting each question
		eventually(t, "a question of the survey", func() bool { return len(s.channel.heard(id, relay.TypeMessage)) == 6+i })
		s.say(t, id, "survey-"+answer, answer)
	}
	return id
}

// exported waits until the conversations are over, lets the worker go by the clock, and returns the
// window that they are in.
func (s *talking) exported(t *testing.T, ids ...string) httpapi.WindowView {
	t.Helper()
	j := s.journals(t)
	noted := func() (found []string, at time.Time) {
		for c, err := range j.Closed(t.Context(), s.account, time.Now().Add(-2*time.Hour).UnixMilli(), time.Now().UnixMilli()) {
			require.NoError(t, err)
			found, at = append(found, c.Conversation), time.UnixMilli(c.At)
		}
		slices.Sort(found)
		return found, at
	}
	slices.Sort(ids)
	var found []string
	var at time.Time
	eventually(t, "the conversations are noted as over", func() bool {
		found, at = noted()
		return len(found) >= len(ids)
	})
	require.Equal(t, ids, found, "what is open is not")
	require.NoError(t, s.Worker.Stop())
	s.Config.Worker = append(s.Config.Worker, "--now=")
	require.NoError(t, s.StartWorker(t.Context()))
	from := at.UTC().Truncate(15 * time.Minute)
	return httpapi.WindowView{From: from, To: from.Add(15 * time.Minute)}
}

// delivers returns the rows of a run at a destination.
func (b *brand) delivers(t *testing.T, run httpapi.RunDetail, destination, format string) (rows []map[string]value) {
	t.Helper()
	for _, f := range b.data(t, run, destination) {
		rows = append(rows, parseRows(t, format, f.clear(t, receiver(t)))...)
	}
	return rows
}

// saying is a message as the sandbox has it.
type saying struct {
	live.Event
	kind, text, external string
	accepted, read       int64 // when the other side first said so, epoch milliseconds
}

// byConsumer tells of what we sent ourselves: the platform's answer says no time, so rows have ours.
func (m *saying) byConsumer() bool { return m.kind == "consumer" }

// kinds are our words for the sandbox's roles.
var kinds = map[string]string{"CONSUMER": "consumer", "ASSIGNED_AGENT": "agent", "AGENT": "agent", "MANAGER": "manager"}

// sayings reads the sandbox's record of a conversation: its messages, by dialog and number.
func sayings(t *testing.T, r live.Record) (all []*saying) {
	t.Helper()
	for _, e := range r.Events {
		var event struct {
			Type, Status string
			Message      json.RawMessage
			SequenceList []int
		}
		require.NoError(t, json.Unmarshal(e.Event, &event))
		kind := kinds[e.Originator.Role]
		require.NotEmpty(t, kind, e.Originator.Role)
		switch event.Type {
		case "ContentEvent", "RichContentEvent":
			m := &saying{Event: e, kind: kind, external: externalOf(t, e.Metadata)}
			_ = json.Unmarshal(event.Message, &m.text) // a file has none
			all = append(all, m)
		case "AcceptStatusEvent":
			for _, m := range all {
				if m.DialogID != e.DialogID || !slices.Contains(event.SequenceList, *m.Sequence) || (m.kind == "consumer") == (kind == "consumer") {
					continue
				}
				at := map[string]*int64{"ACCEPT": &m.accepted, "READ": &m.read}[event.Status]
				*at = cmp.Or(*at, e.At)
			}
		}
	}
	return all
}

func externalOf(t *testing.T, metadata json.RawMessage) string {
	t.Helper()
	var items []struct{ Type, ID string }
	if len(metadata) > 0 {
		require.NoError(t, json.Unmarshal(metadata, &items))
	}
	for _, i := range items {
		if i.Type == "ExternalId" {
			return i.ID
		}
	}
	return ""
}

// madrid writes a moment as files of these tasks do; none is nothing.
func madrid(at int64) string {
	if at == 0 {
		return ""
	}
	zone, err := time.LoadLocation("Europe/Madrid")
	if err != nil {
		panic(err) // the tests bring their zones
	}
	return time.UnixMilli(at).In(zone).Format("2006-01-02T15:04:05.000Z07:00")
}

// place is where a message is in the conversations of an account.
type place struct{ conversation, dialog, sequence string }

func (m *saying) place(r live.Record) place { return place{r.ID, m.DialogID, stringOf(*m.Sequence)} }

// requireMessages says that the rows are the messages of these records: all of them, each once. It
// returns when each was sent, as the rows say.
func requireMessages(t *testing.T, rows []map[string]value, records ...live.Record) map[place]string {
	t.Helper()
	got, sent := map[place]map[string]value{}, map[place]string{}
	for _, row := range rows {
		at := place{row["conversation_id"].text, row["dialog_id"].text, row["sequence"].text}
		require.NotContains(t, got, at, "twice")
		got[at], sent[at] = row, row["sent_at"].text
	}
	n, ours := 0, map[place]bool{} // by our key
	for _, r := range records {
		for _, m := range sayings(t, r) {
			n++
			key := place{r.ID, "", m.external}
			require.False(t, m.external != "" && ours[key], "%s was sent twice", m.external)
			ours[key] = true
			row, ok := got[m.place(r)]
			require.True(t, ok, "%s %d is not delivered", r.ID, *m.Sequence)
			want := map[string]string{
				"account_id": platform, "sender_id": m.Originator.ID, "sender_role": m.Originator.Role, "sender_kind": m.kind,
				"text": m.text, "external_id": m.external, "is_late": "false", "refused_at": "", "failure": "",
			}
			for column, text := range want {
				require.Equal(t, text, row[column].text, "%s %d: %s", r.ID, *m.Sequence, column)
			}
			require.Equal(t, m.Audience, cmp.Or(row["audience"].text, "ALL"), "of what we sent nobody says for whom it is: for all")
			requireMoment(t, m.At, row["sent_at"], m.byConsumer())
			requireMoment(t, m.accepted, row["accepted_at"], !m.byConsumer())
			requireMoment(t, m.read, row["read_at"], !m.byConsumer())
			if m.text == "" { // what text and content type do not say is there as it was
				require.JSONEq(t, string(m.Event.Event), row["event"].text)
			}
		}
	}
	require.Equal(t, n, len(rows), "and nothing else")
	return sent
}

// requireMoment says that the cell is that moment of the platform's; where the clock is ours, which is
// the same here, soon after it.
func requireMoment(t *testing.T, at int64, cell value, ours bool) {
	t.Helper()
	if at == 0 || !ours {
		require.Equal(t, madrid(at), cell.text)
		return
	}
	got, err := time.Parse(time.RFC3339, cell.text)
	require.NoError(t, err)
	require.GreaterOrEqual(t, got.UnixMilli(), at)
	require.Less(t, got.UnixMilli(), at+patience.Milliseconds())
}

func stringOf(n int) string { b, _ := json.Marshal(n); return string(b) }

// requireTranscript says that the row is that record, whose messages were sent when their rows say.
func requireTranscript(t *testing.T, row map[string]value, app string, r live.Record, sent map[place]string) {
	t.Helper()
	var lines, agents []string
	by := map[string]int{}
	for _, m := range sayings(t, r) {
		var file struct{ Message struct{ Caption string } }
		if m.text == "" {
			_ = json.Unmarshal(m.Event.Event, &file) // structured content has none
		}
		lines = append(lines, "["+sent[m.place(r)]+"] "+m.kind+": "+cmp.Or(m.text, file.Message.Caption))
		by[m.kind]++
		if m.Originator.Role == "ASSIGNED_AGENT" && !slices.Contains(agents, m.Originator.ID) {
			agents = append(agents, m.Originator.ID)
		}
	}
	for column, want := range map[string]string{
		"account_id": platform, "app_id": app, "participant_id": r.Consumer, "outcome": "closed", "opened_by_us": "true", "skill_id": r.Skill,
		"opened_at": madrid(r.Started), "closed_at": madrid(r.Ended), "features": strings.Join(r.Features, "|"), "agents": strings.Join(agents, "|"),
		"transcript": strings.Join(lines, "|"), "message_count": stringOf(len(lines)), "messages_consumer": stringOf(by["consumer"]),
		"messages_brand": stringOf(len(lines) - by["consumer"]), "messages_failed": "0", "events_late": "0", "events_missing": "0", "gaps": "",
	} {
		require.Equal(t, want, row[column].text, "%s: %s", r.ID, column)
	}
}
