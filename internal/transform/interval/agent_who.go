package interval

import (
	"slices"

	"transporter/internal/transform/cell"
	"transporter/internal/transform/jsonrec"
	"transporter/internal/transform/messaging"
)

// User is what the account's list of users says of an agent; nil where it says nothing.
type User struct{ Employee, Login, Name, Group, Type []byte }

// userTypes are the types of the list of users (Users API, userTypeId).
var userTypes = map[string]string{"0": "system", "1": messaging.Human, "2": messaging.Bot}

// agent is who somebody is, as the latest change of status names them, else the latest
// conversation.
type agent struct {
	User
	id      string
	named   int64 // when the conversation was assigned
	changed bool  // a change of status named them
}

// people knows who agents are, and which of them have rows.
type people struct {
	PeopleOptions
	who map[string]*agent
}

// PeopleOptions are what rows of agents take from the account.
type PeopleOptions struct {
	Bots bool // bots have rows, too
	User func(id []byte) User
}

func newPeople(o PeopleOptions) people { return people{o, map[string]*agent{}} }

// counts reports whether somebody has rows: people, and bots where they are asked for. What
// the conversation does not say, the list of users does; whom neither knows is a person.
func (p *people) counts(id []byte, kind string) bool {
	if kind == "" {
		kind = userTypes[string(p.User(id).Type)]
	}
	return kind == "" || kind == messaging.Human || kind == messaging.Bot && p.Bots
}

func (p *people) known(id []byte) *agent {
	a := p.who[string(id)]
	if a == nil {
		a = &agent{id: string(id)}
		p.who[string(id)] = a
	}
	return a
}

func (p *people) nameByStay(s *messaging.AgentStay) {
	if a := p.known(s.Agent); s.From >= a.named {
		a.named = s.From
		a.User = User{Employee: slices.Clone(s.Employee), Login: slices.Clone(s.Login), Name: slices.Clone(s.Name), Group: slices.Clone(s.Group)}
	}
}

// nameByChange takes the members of a status change, of which the last one is the latest.
func (p *people) nameByChange(id []byte, change jsonrec.Value) {
	text := func(name string) []byte { return slices.Clone(cell.TextOf(change.Get(name))) }
	a := p.known(id)
	a.changed = true
	a.User = User{Employee: text("employeeId"), Login: text("agentLoginName"), Name: text("agentUserName"), Group: text("agentGroupId")}
}

// named is who the agent is, with what only the list of users says.
func (p *people) named(id string) User {
	a, u := p.known([]byte(id)), p.User([]byte(id))
	return User{
		Employee: orElse(a.Employee, u.Employee), Login: orElse(a.Login, u.Login),
		Name: orElse(a.Name, u.Name), Group: orElse(a.Group, u.Group),
	}
}

func orElse(a, b []byte) []byte {
	if a == nil {
		return b
	}
	return a
}

// writeWho writes what rows tell of an agent.
func (p *people) writeWho(r *row, id string) {
	u := p.named(id)
	r.text("agentId", []byte(id))
	r.text("employeeId", u.Employee)
	r.text("login", u.Login)
	r.text("name", u.Name)
	r.text("groupId", u.Group)
}
