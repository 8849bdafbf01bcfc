package live

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"time"
)

// How long automatic agents take at the speed of people.
const (
	acceptAfter     = 1500 * time.Millisecond
	receiveAfter    = 300 * time.Millisecond
	readAfter       = 900 * time.Millisecond
	composeAfter    = 1400 * time.Millisecond
	leastAnswer     = 2500 * time.Millisecond
	mostAnswer      = 4500 * time.Millisecond
	automaticAgents = 5
)

// answers are what automatic agents say when no word of the consumer's tells them more.
var answers = []string{
	"Thank you, I am looking into it.", "Could you tell me a little more?", "I understand. One moment, please.",
	"That should work now. Is there anything else?", "Let me check that for you.",
}

// card is a small structured content.
const card = `{"type":"vertical","elements":[{"type":"text","text":"Our opening hours","style":{"bold":true}},` +
	`{"type":"button","title":"See all","click":{"actions":[{"type":"link","name":"See all","uri":"https://www.example.com/hours"}]}}]}`

// Agents says what agents do by themselves.
type Agents struct {
	// Automatic lets them accept, read, type and answer. Words of the consumer steer them: options,
	// card, picture, form, transfer and bye.
	Automatic bool    `json:"automatic"`
	Speed     float64 `json:"speed,omitempty"` // how many times faster than people they are; default 1
}

// SetAgents says it from now on; what they have begun they finish. A speed that is not above 0 is
// refused.
func (e *Engine) SetAgents(a Agents) error {
	a.Speed = cmp.Or(a.Speed, 1)
	if !(a.Speed > 0) || math.IsInf(a.Speed, 0) {
		return invalid("speed: %v must be above 0", a.Speed)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.agents = a
	return nil
}

// Agents returns what was set last.
func (e *Engine) Agents() Agents {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.agents
}

// pace is how long the agents take for what takes people that long.
func (e *Engine) pace(d time.Duration) time.Duration {
	return time.Duration(float64(d) / e.agents.Speed)
}

// welcome lets an automatic agent take a conversation that waits.
func (e *Engine) welcome(c *conversation) {
	if e.agents.Automatic {
		e.agenda.add(e.config.Now().Add(e.pace(acceptAfter)), func() { e.takeUp(c) })
	}
}

// takeUp accepts the conversation and answers what was asked meanwhile.
func (e *Engine) takeUp(c *conversation) {
	if _, has := c.assigned(); has || c.state() == stateClose {
		return
	}
	e.assign(c, fmt.Sprintf("agent-%d", 1+e.draw(automaticAgents)))
	if c.due != nothingDue {
		e.attend(c, &event{})
	}
}

// attend lets the automatic agent of a conversation deal with what the consumer said.
func (e *Engine) attend(c *conversation, said *event) {
	if _, has := c.assigned(); !e.agents.Automatic || !has {
		return // who takes it up will
	}
	answer := e.pace(leastAnswer + time.Duration(e.draw(int(mostAnswer-leastAnswer))))
	e.later(e.pace(receiveAfter), c, Act{Act: "mark", Status: "ACCEPT"})
	e.later(e.pace(readAfter), c, Act{Act: "mark", Status: "READ"})
	e.later(e.pace(composeAfter), c, Act{Act: "type"})
	e.later(answer, c, Act{Act: "type", ChatState: "ACTIVE"})
	for _, a := range e.respond(said.text()) {
		e.later(answer, c, a)
	}
}

// respond decides what an automatic agent does about a text.
func (e *Engine) respond(text string) []Act {
	word := func(w string) bool { return strings.Contains(strings.ToLower(text), w) }
	switch {
	case word("bye"):
		return []Act{{Act: "say", Text: "Thank you for writing to us. Goodbye!"}, {Act: "close"}}
	case word("options"):
		return []Act{{Act: "say", Text: "What is it about?", Replies: []string{"An order", "An invoice", "Something else"}}}
	case word("card"):
		return []Act{{Act: "rich", Content: []byte(card)}}
	case word("picture"):
		return []Act{{Act: "file", Text: "As you asked"}}
	case word("form"):
		return []Act{{Act: "form", Text: "Your payment"}}
	case word("transfer"):
		return []Act{{Act: "say", Text: "A colleague will go on."}, {Act: "transfer", Skill: anySkill}}
	}
	return []Act{{Act: "say", Text: answers[e.draw(len(answers))]}}
}

func (e *Engine) draw(n int) int { return rand.New(e.random).IntN(n) } //nolint:gosec // repeatable
