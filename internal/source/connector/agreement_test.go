package connector_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/conversation"
	"transporter/internal/report"
	"transporter/internal/source"
	"transporter/internal/transform"
)

// told is a conversation as the platform knows it: what the rows must say, without any journal.
type told struct {
	id     string
	events []conversation.Event
	rows   map[int]map[string]any // by sequence
}

// makeTold makes up a conversation of so many numbers: texts of both sides, and what each says
// of the other's.
func makeTold(draw *rand.Rand, id string, n int) told {
	c := told{id: id, rows: map[int]map[string]any{}}
	sides := []struct{ from, role, kind string }{{"kim", conversation.RoleConsumer, "consumer"}, {"lee", conversation.RoleAgent, "agent"}}
	var of [2][]int // messages by side
	for seq := range n {
		side, at := draw.IntN(2), time.Duration(seq)*time.Second
		by, others := sides[side], of[1-side]
		if draw.IntN(3) > 0 || len(others) == 0 {
			text := fmt.Sprintf("%s says %d <ä>", by.from, seq)
			c.events = append(c.events, *says(id, seq, by.from, by.role, text, at).Event)
			c.rows[seq] = map[string]any{"text": text, "sender_kind": by.kind, "sender_id": by.from, "sent_at": stamp(at), "accepted_at": nil, "read_at": nil}
			of[side] = append(of[side], seq)
			continue
		}
		status, column := "ACCEPT", "accepted_at"
		if draw.IntN(2) == 0 {
			status, column = "READ", "read_at"
		}
		about := others[draw.IntN(len(others)):]
		c.events = append(c.events, *becomes(id, seq, by.from, by.role, status, at, about...).Event)
		for _, m := range about {
			if c.rows[m][column] == nil {
				c.rows[m][column] = stamp(at)
			}
		}
	}
	return c
}

func stamp(at time.Duration) string { return nine.Add(at).Format("2006-01-02T15:04:05.000Z07:00") }

// deliver takes the conversation through the state machine as webhooks would bring it: in disorder,
// some twice, some never but from the history; and writes its journal.
func (w *world) deliver(t *testing.T, draw *rand.Rand, c told) {
	t.Helper()
	state := &conversation.State{Subscribed: []conversation.Kind{conversation.Content, conversation.Status, conversation.Details}}
	arrives := append([]conversation.Event(nil), c.events...)
	for i := range arrives {
		j := min(i+draw.IntN(10), len(arrives)-1)
		arrives[i], arrives[j] = arrives[j], arrives[i]
	}
	clock := nine.UnixMilli()
	var lost []conversation.Event
	write := func() {
		for len(state.Outbox) > 0 {
			_, err := w.Append(t.Context(), ref(c.id), state.Take())
			require.NoError(t, err)
		}
	}
	for _, e := range arrives {
		clock += 100
		switch draw.IntN(20) {
		case 0:
			lost = append(lost, e)
			continue
		case 1:
			state.Apply(e, clock)
		case 2:
			write()
		}
		state.Apply(e, clock)
	}
	state.GiveUp(clock + time.Hour.Milliseconds()) // nobody could tell: what comes now is late
	for _, e := range lost {
		e.Via = conversation.ViaHistory
		state.Apply(e, clock+1)
	}
	write()
	require.NoError(t, w.Close(t.Context(), conversation.Closing{
		Account: account, App: "app-1", Conversation: c.id, Next: state.Next, Participant: "kim",
	}, w.now))
}

// Whatever way events come, the rows say what the platform knows: each message once.
func TestRowsAgreeWithWhatThePlatformKnows(t *testing.T) {
	messages, late := 0, 0
	for seed := range uint64(8) {
		w, draw := newWorld(t, t.TempDir()), rand.New(rand.NewPCG(seed, 10))
		want := map[string]told{}
		for i := range 3 {
			c := makeTold(draw, fmt.Sprint("c-", i), 1+draw.IntN(150))
			want[c.id] = c
			w.deliver(t, draw, c)
		}
		records, _ := w.fetch(t, nine, nine.Add(time.Hour))
		got, keys := map[string]map[int]bool{}, map[any]bool{}
		for _, row := range rows(t, "connector.messages", records) {
			id, seq := row["conversation_id"].(string), int(row["sequence"].(float64))
			require.Contains(t, want[id].rows, seq)
			for column, value := range want[id].rows[seq] {
				require.Equal(t, value, row[column], "%d: %s %d %s", seed, id, seq, column)
			}
			if got[id] == nil {
				got[id] = map[int]bool{}
			}
			require.False(t, got[id][seq], "twice")
			require.False(t, keys[row["_row_key"]], "a key twice")
			got[id][seq], keys[row["_row_key"]] = true, true
			messages++
			if row["is_late"] == true {
				late++
			}
		}
		for id, c := range want {
			require.Len(t, got[id], len(c.rows))
		}
		for _, row := range rows(t, "connector.transcripts", records) {
			require.EqualValues(t, len(want[row["conversation_id"].(string)].rows), row["message_count"])
			require.EqualValues(t, 0, row["events_missing"])
		}
	}
	require.Greater(t, messages, 500)
	require.Positive(t, late, "some came after they were given up")
}

// rows renders a report of the records.
func rows(t *testing.T, id string, records []source.Record) (list []map[string]any) {
	t.Helper()
	def, err := report.Get(id, "")
	require.NoError(t, err)
	out := &body{}
	job := transform.Job{Report: def, Format: transform.FormatJSONL, Zone: time.UTC, AccountID: account, From: after(0), To: after(time.Hour)}
	res, err := transform.Render(t.Context(), job, inputs(records), out)
	require.NoError(t, err)
	require.Empty(t, res.Quarantined)
	dec := json.NewDecoder(&out.Buffer)
	for dec.More() {
		var row map[string]any
		require.NoError(t, dec.Decode(&row))
		list = append(list, row)
	}
	require.EqualValues(t, res.Rows, len(list))
	return list
}

// inputs gives records that were staged.
type inputs []source.Record

func (in inputs) Records(context.Context, string) iter.Seq2[source.Record, error] {
	return func(yield func(source.Record, error) bool) {
		for _, r := range in {
			if !yield(r, nil) {
				return
			}
		}
	}
}

// body is the one part of a file.
type body struct{ bytes.Buffer }

func (b *body) Create(context.Context, int) (transform.PartWriter, error) { return b, nil }
func (b *body) Commit(context.Context, transform.PartInfo) error          { return nil }
func (b *body) Abort()                                                    {}
