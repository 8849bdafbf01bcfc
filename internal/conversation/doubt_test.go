package conversation_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/conversation"
)

// A message that a history without keys told of first is known as its sender's by the answer.
func TestTakenByKnowsAnswersToo(t *testing.T) {
	s := conversation.State{Messages: []conversation.Message{
		{Dialog: "d", Sequence: 7, Consumer: true}, {Dialog: "d", Sequence: 8, Consumer: true, IdemKey: "k3"},
	}}
	s.Remember(conversation.Answer{Key: "k2", Dialog: "d", Sequence: 7})
	s.Remember(conversation.Answer{Key: "k4", Update: "mark", Dialog: "d", Sequence: 9})
	s.Remember(conversation.Answer{Key: "k5", Dialog: "other", Sequence: 1})
	require.Equal(t, []int{8, 7}, s.TakenBy("k1", "d"))
	require.Equal(t, []int{8}, s.TakenBy("k2", "d"))
}
