package live

// stay is one participation of an agent in the main dialog.
type stay struct {
	Participant
	name     string
	from, to int64 // to is 0 while it lasts
}

// handOver is one transfer that happened.
type handOver struct {
	at                 int64
	reason             string // the history's word
	sourceSkill, skill string
	source, target     Participant // empty ids where there was nobody
	sourceName         string
}

// The history's reasons of transfers ("Messaging Interactions API: transfers").
const (
	reasonQueue = "back2Q"
	reasonSkill = "Skill"
	reasonAgent = "Agent"
)

// arrive adds a participant to the main dialog.
func (c *conversation) arrive(p Participant, name string, at int64) {
	c.stays = append(c.stays, stay{Participant: p, name: name, from: at})
	d := c.main()
	d.participants = append(d.participants[:len(d.participants):len(d.participants)], p)
	d.updated = at
}

// depart takes those out of the main dialog that the function holds for.
func (c *conversation) depart(gone func(Participant) bool, at int64) {
	for i := range c.stays {
		if s := &c.stays[i]; s.to == 0 && gone(s.Participant) {
			s.to = at
		}
	}
	d := c.main()
	d.remove(gone)
	d.updated = at
}

// nameOf is the name of an agent who was there; empty for others.
func (c *conversation) nameOf(id string) string {
	for _, s := range c.stays {
		if s.ID == id {
			return s.name
		}
	}
	return ""
}

// latestAgent is who had the conversation last, false when nobody ever did.
func (c *conversation) latestAgent() (stay, bool) {
	for i := len(c.stays) - 1; i >= 0; i-- {
		if c.stays[i].Role == RoleAssignedAgent {
			return c.stays[i], true
		}
	}
	return stay{}, false
}
