package live

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWhoTakesPartAfterEachAct(t *testing.T) {
	r := newRig()
	id := r.opened(t, caller())
	who := func(name, role string) Participant { return Participant{ParticipantID(testAccount, name), role} }
	consumer := Participant{"consumer", RoleConsumer}
	for _, one := range []struct {
		act   Act
		there []Participant
		skill string
	}{
		{Act{Act: "accept"}, []Participant{consumer, who("agent-1", RoleAssignedAgent)}, "-1"},
		{Act{Act: "join", Agent: "manager-1"}, []Participant{consumer, who("agent-1", RoleAssignedAgent), who("manager-1", RoleManager)}, "-1"},
		{Act{Act: "transfer", To: "agent-2"}, []Participant{consumer, who("manager-1", RoleManager), who("agent-2", RoleAssignedAgent)}, "-1"},
		{Act{Act: "transfer", Skill: "7"}, []Participant{consumer, who("manager-1", RoleManager)}, "7"},
		{Act{Act: "accept", Agent: "manager-1"}, []Participant{consumer, who("manager-1", RoleAssignedAgent)}, "7"},
		{Act{Act: "join", Agent: "reader-1", Role: RoleReader}, []Participant{consumer, who("manager-1", RoleAssignedAgent), who("reader-1", RoleReader)}, "7"},
		{Act{Act: "leave", Agent: "reader-1"}, []Participant{consumer, who("manager-1", RoleAssignedAgent)}, "7"},
		{Act{Act: "leave"}, []Participant{consumer}, "7"},
	} {
		require.NoError(t, r.Act(testAccount, id, one.act), one.act)
		now := r.lastState(t, id).Details
		require.ElementsMatch(t, one.there, now.Participants, one.act)
		require.ElementsMatch(t, one.there, now.Dialogs[0].Participants, one.act)
		require.Equal(t, one.skill, now.SkillID)
	}
}
