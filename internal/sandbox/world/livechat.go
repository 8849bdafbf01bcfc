package world

import "transporter/internal/sandbox/history"

// LiveChat is a visitor's stay in the queue of a skill and with the agent who came: one
// engagement of the history, or a wait that nobody ended, which the history does not show.
// Times are epoch milliseconds UTC; one that has not come is history.Open.
type LiveChat struct {
	Entered, Answered, Left int64
	Abandoned               bool // left the queue before an agent came
	Interactive             bool
	Skill, Agent            int64 // Agent is 0 while there is none
}

// abandonedOf1000 visits of a thousand have a second visitor beside them who gives up.
const abandonedOf1000 = 80

// LiveChats lists the chats that waited or were served at or after since.
func (a *Account) LiveChats(since, now int64) (list []LiveChat) {
	var c chat
	for n := a.chats.first(since - longestVisit); a.chats.start(n) <= now; n++ {
		a.chatOf(n, &c)
		for i := range c.n {
			if g := &c.engagements[i]; g.requested <= now && g.end >= since {
				list = append(list, a.liveChat(g, !c.silent, now))
			}
		}
		if gone, ok := a.givenUp(n, now); ok && (gone.Left < 0 || gone.Left >= since) {
			list = append(list, gone)
		}
	}
	return list
}

func (a *Account) liveChat(g *engagement, interactive bool, now int64) LiveChat {
	c := LiveChat{Entered: g.requested, Answered: history.Open, Left: history.Open, Interactive: interactive, Skill: a.directory.skillID(g.skill)}
	if g.start <= now {
		c.Answered, c.Agent = g.start, a.directory.agents[g.agent].id
	}
	if g.end <= now {
		c.Left = g.end
	}
	return c
}

// givenUp is the visitor beside chat n who left the queue, if there is one.
func (a *Account) givenUp(n, now int64) (LiveChat, bool) {
	r := a.random(streamGivenUp, n)
	if !r.chance(abandonedOf1000) {
		return LiveChat{}, false
	}
	c := LiveChat{Entered: a.chats.start(n), Answered: history.Open, Left: history.Open, Skill: a.directory.skillID(r.below(len(a.directory.skills)))}
	if left := c.Entered + r.between(800, mostChatWait); left <= now {
		c.Abandoned, c.Left = true, left
	}
	return c, true
}
