package world

import "transporter/internal/sandbox/history"

// LiveChat is a visitor's stay in the queue of chats and with the agent who came. Times are
// epoch milliseconds UTC; one that has not come is history.Open.
type LiveChat struct {
	Entered, Answered, Left int64
	Abandoned               bool // left the queue before an agent came
	Interactive             bool
	Skill, Agent            int64 // Agent is 0 while there is none
}

const (
	// One conversation in conversationsForLiveChat has a chat beside it.
	conversationsForLiveChat = 4
	abandonedOf1000          = 80
	silentOf1000             = 60
	longestLiveChat          = 45 * minuteMS
	longestChatWait          = 4 * minuteMS
)

// LiveChats lists the chats that waited or were served at or after since, oldest first: a
// pure function of the seed and the number, like conversations.
func (a *Account) LiveChats(since, now int64) (list []LiveChat) {
	for n := a.first(since - longestChatWait - longestLiveChat); a.start(n) <= now; n++ {
		if n%conversationsForLiveChat != 0 {
			continue
		}
		if c := a.liveChat(n, now); c.Left < 0 || c.Left >= since {
			list = append(list, c)
		}
	}
	return list
}

func (a *Account) liveChat(n, now int64) LiveChat {
	r := a.random(streamLiveChat, n)
	d := &a.directory
	skill := r.below(len(d.skills))
	c := LiveChat{Entered: a.start(n), Answered: history.Open, Left: history.Open, Skill: d.skills[skill].id}
	wait := r.between(800, longestChatWait)
	abandoned, agent := r.chance(abandonedOf1000), a.pick(&r, skill)
	answered := c.Entered + wait
	left := answered + r.between(15*secondMS, longestLiveChat)
	c.Interactive = !r.chance(silentOf1000)
	switch {
	case answered > now:
	case abandoned:
		c.Abandoned, c.Left = true, answered
	default:
		c.Answered, c.Agent = answered, d.agents[agent].id
		if left <= now {
			c.Left = left
		}
	}
	return c
}
