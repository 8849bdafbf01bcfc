package connector_test

import (
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/conversation"
)

const (
	kim = "2969e404f3be1c8cdda63f0b72d205ab5afb3fe3e3d7d72ab58245f564fdfd91" // the consumer, as the platform knows them
	lee = "29c3019d-fe0b-5200-afe8-737abfeae4b4"
	bot = "2fa9ac85-d8a9-5bd6-8384-8c32dabae97f"
	aut = "52e05c00-d5e4-5823-acf7-62570b939a63"

	held   = "b8b83fe9-75f0-46f2-baaa-2930f7192cfb"
	survey = "PwT_YK91Sum3vu5H6T3YnA"
	left   = "5491244f-e462-4c63-bf4e-faf4b2d3e7b5"
)

// The sample that the catalog shows is what the adapter makes of two journals, so that it has
// everything that a record can have.
func TestRecordsAreAsTheSampleHasThem(t *testing.T) {
	w := newWorld(t, t.TempDir())
	w.at = nine.Add(20 * time.Minute)
	w.hold(t, conversation.Closing{
		Conversation: held, Consumer: "+15550000001", Participant: kim, Features: []string{"AUTO_MESSAGES", "RICH_CONTENT"}, Opened: after(0),
	}, 0, heldEntries()...)
	w.at = w.at.Add(20 * time.Minute)
	w.hold(t, conversation.Closing{Conversation: left, Abandoned: after(40 * time.Minute)}, 0,
		says(left, 0, "unknown-1", "", "Anybody there?", 30*time.Second),
		conversation.Entry{At: after(time.Minute), Gap: &conversation.Gap{Dialog: left, From: 1, To: 2}},
		says(left, 3, "unknown-1", "", "Hello?", 2*time.Minute),
	)
	records, _ := w.fetch(t, nine, nine.Add(time.Hour))
	require.Len(t, records, 2)

	file, err := os.ReadFile("../../transform/sampledata/connector.json")
	require.NoError(t, err)
	var sample struct {
		Records []json.RawMessage `json:"connector_conversations"`
	}
	require.NoError(t, json.Unmarshal(file, &sample))
	require.Len(t, sample.Records, 2)
	for i, r := range records {
		require.JSONEq(t, string(sample.Records[i]), string(r.Raw))
	}
}

// heldEntries is a conversation with everything in it: an automatic message, an agent, files, rich
// content, a late message, one that could not be sent, a private note and a survey.
func heldEntries() []conversation.Entry {
	consumer, agent := conversation.RoleConsumer, conversation.RoleAgent
	main := conversation.Dialog{ID: held, Type: "MAIN", State: "OPEN", Created: after(0)}
	people := []conversation.Participant{{ID: kim, Role: consumer}, {ID: aut, Role: "CONTROLLER"}}
	open := conversation.Snapshot{Stage: "OPEN", State: "OPEN", Skill: "-1", Brand: "12345678", Started: after(0), Participants: people, Dialogs: []conversation.Dialog{main}}
	assigned := open
	assigned.Skill, assigned.Participants = "2736061512", append([]conversation.Participant{{ID: lee, Role: agent}}, people...)
	asked := assigned
	ended := main
	ended.State, ended.Ended, ended.ClosedBy = "CLOSE", after(10*time.Minute), "AGENT"
	asks := conversation.Dialog{ID: survey, Type: "POST_SURVEY", State: "OPEN", Created: after(10 * time.Minute), Participants: []conversation.Participant{{ID: bot, Role: "AGENT"}}}
	asked.State, asked.CloseReason, asked.Dialogs = "CLOSE", "AGENT", []conversation.Dialog{ended, asks}
	over := asked
	answered := asks
	answered.State, answered.Ended, answered.ClosedBy, answered.ClosedCause = "CLOSE", after(12*time.Minute), "AGENT", "Completed"
	over.Stage, over.Ended, over.Dialogs = "CLOSE", after(12*time.Minute), []conversation.Dialog{ended, answered}

	first := says(held, 0, kim, consumer, "My order 4711 has not come <yet>", 5*time.Second)
	first.Event.External, first.Event.Via = "order-4711-1", conversation.ViaSend
	first.Event.Metadata = json.RawMessage(`[{"type":"ExternalId","id":"order-4711-1"}]`)
	note := says(held, 5, lee, agent, "Third time this month", 3*time.Minute)
	note.Event.Audience = conversation.Staff
	file := says(held, 6, kim, consumer, "", 4*time.Minute)
	file.Event.Body = json.RawMessage(`{"type":"ContentEvent","contentType":"hosted/file","message":{"caption":"The receipt","relativePath":"/v2/AUTH_async/4711.png","fileType":"PNG"}}`)
	rich := says(held, 7, lee, agent, "", 5*time.Minute)
	rich.Event.Kind = conversation.Rich
	rich.Event.Body = json.RawMessage(`{"type":"RichContentEvent","content":{"type":"vertical","elements":[{"type":"text","text":"It left today"}]}}`)
	late := says(held, 3, kim, consumer, "Are you there?", 2*time.Minute+30*time.Second)
	late.Late, late.Event.Via = true, conversation.ViaHistory
	question := says(survey, 0, bot, "AGENT", "How satisfied are you?", 10*time.Minute+time.Second)
	question.Event.Body = json.RawMessage(`{"type":"ContentEvent","message":"How satisfied are you?","contentType":"text/plain","quickReplies":{"type":"quickReplies","replies":[{"type":"button","title":"5"}]}}`)
	return []conversation.Entry{
		states(0, open), first,
		says(held, 1, aut, "CONTROLLER", "You will have an answer within ten minutes", 6*time.Second),
		{At: after(20 * time.Second), Event: &conversation.Event{Key: "t", Kind: conversation.Typing, Sequence: conversation.Unnumbered, From: kim, Typing: "COMPOSING", At: after(20 * time.Second)}},
		states(time.Minute, assigned),
		becomes(held, 2, lee, agent, "ACCEPT", time.Minute+time.Second, 0),
		{At: after(2 * time.Minute), Gap: &conversation.Gap{Dialog: held, From: 3, To: 3}},
		says(held, 4, lee, agent, "Good morning, I am looking", 2*time.Minute), note, late, file,
		becomes(held, 8, lee, agent, "READ", 4*time.Minute+time.Second, 0, 3, 6), rich,
		becomes(held, 9, kim, consumer, "ACCEPT", 5*time.Minute+time.Second, 1, 4, 7),
		becomes(held, 10, kim, consumer, "READ", 5*time.Minute+2*time.Second, 4, 7),
		{At: after(6 * time.Minute), Failed: &conversation.Failed{IdemKey: "order-4711-9", Reason: "the platform refused the file: 400"}},
		states(10*time.Minute, asked), question, says(survey, 1, kim, consumer, "5", 11*time.Minute), states(12*time.Minute, over),
	}
}

// A conversation of which nobody knows whether all was told says so; why is for those who mend it.
func TestARecordSaysThatItWasNotVerified(t *testing.T) {
	w := newWorld(t, t.TempDir())
	w.at = nine.Add(20 * time.Minute)
	w.hold(t, conversation.Closing{Conversation: left, Unverified: "the history does not answer: 401"}, 0, says(left, 0, "unknown-1", "", "Hello?", 2*time.Minute))
	records, _ := w.fetch(t, nine, nine.Add(time.Hour))
	require.Len(t, records, 1)
	require.Contains(t, string(records[0].Raw), `"unverified":true`)
}
