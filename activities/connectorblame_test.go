package activities

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/connector"
	"transporter/internal/contract"
	"transporter/internal/fault"
)

// What the platform refuses for one part of a request is told by the name of that part; a conversation that is
// closed, and a request with several parts, are told by none.
func TestARefusalNamesTheField(t *testing.T) {
	k := startTalking(t)
	ref := k.open1(t)
	rich := json.RawMessage(`{"type":"RichContentEvent","content":"none"}`)
	call := func(in contract.CallIn) func() error {
		in.ConversationRef, in.Consumer, in.Dialog = ref, "kim", ref.Conversation
		return func() error {
			_, err := k.call(t.Context(), k.attempt(1, tried{}), in)
			return err
		}
	}
	open := func(in contract.OpenIn) func() error {
		in.Account, in.App, in.Consumer, in.IdemKey = "acme", "app", "kim", "o-2"
		return func() error {
			_, err := k.open(t.Context(), k.attempt(1, tried{}), in)
			return err
		}
	}
	tells := func(field string, refused func() error) {
		t.Helper()
		err := refused()
		f := (*fault.Error)(nil)
		require.True(t, errors.As(err, &f), "%v", err)
		require.Equal(t, fault.InvalidSpec, f.Kind, "%v", err)
		require.Equal(t, field, f.Field, "%v", err)
	}
	event := call(contract.CallIn{Send: &contract.SendIn{IdemKey: "m-1", Event: rich}})
	tells("event", event)
	tells("", call(contract.CallIn{Send: &contract.SendIn{IdemKey: "m-2", Event: rich, Metadata: json.RawMessage(`[]`)}}))
	tells("sequences", call(contract.CallIn{Mark: &contract.MarkIn{IdemKey: "r-1", Status: "READ", Sequences: []int{99}}}))
	tells("", call(contract.CallIn{Send: &contract.SendIn{IdemKey: "m-3", Event: rich, Dialog: ref.Conversation}}))
	tells("", call(contract.CallIn{Mark: &contract.MarkIn{IdemKey: "r-2", Status: "READ", Sequences: []int{99}, Dialog: ref.Conversation}}))
	tells("skill", call(contract.CallIn{Change: &contract.ChangeIn{IdemKey: "c-1", What: contract.ChangeSkill, Skill: "none"}}))
	tells("urgency", open(contract.OpenIn{Urgency: "SOON"}))
	tells("", open(contract.OpenIn{Urgency: "SOON", Skill: "12"}))
	at := connector.Place{Conversation: ref.Conversation, Dialog: ref.Conversation}
	require.NoError(t, k.platform.Change(t.Context(), connector.Consumer{ID: "kim"}, at, connector.CloseStage()))
	tells("", event)
}
