package world

// Stint is a time that an agent spends in one status. To is the moment of the query while it
// lasts.
type Stint struct {
	Agent    int   // index in the directory
	Status   int   // Online, BackSoon or Away
	Reason   int   // index of AwayReasons, or NoReason
	From, To int64 // epoch milliseconds UTC, half-open
	Login    int64 // when the session began
	Lasts    bool
}

// Stints lists the times in a status that overlap [from, to), by the end of each agent's: what
// the status changes say. Nobody stays logged in over midnight UTC.
func (a *Account) Stints(from, to, now int64) (list []Stint) {
	open := map[int]Stint{}
	shut := func(agent int, at int64) {
		if s, ok := open[agent]; ok && s.Status != 0 {
			if s.To = at; s.To > from && s.From < to {
				list = append(list, s)
			}
		}
	}
	for _, c := range a.StatusChanges(dayStart(dayOf(from)), now+1, now) {
		shut(c.Agent, c.At)
		switch c.Type {
		case LoggedOut:
			delete(open, c.Agent)
		case LoggedIn:
			open[c.Agent] = Stint{Agent: c.Agent, From: c.At, Login: c.At}
		default:
			open[c.Agent] = Stint{Agent: c.Agent, Status: c.Status, Reason: c.Reason, From: c.At, Login: open[c.Agent].Login}
		}
	}
	for i := range a.directory.agents {
		if s, ok := open[i]; ok {
			s.Lasts = true
			open[i] = s
			shut(i, now)
		}
	}
	return list
}

// Staff is what the live APIs say of an agent beside the numbers. Texts are JSON-escaped.
type Staff struct {
	Person
	GroupName string
	MaxSlots  int64
	Skills    []Named
}

// Named is an id with its name.
type Named struct {
	ID   int64
	Name string
}

// Staff is agent i of the directory.
func (a *Account) Staff(i int) Staff {
	d := &a.directory
	s := Staff{Person: a.Person(i), GroupName: d.groups[d.agents[i].group].name, MaxSlots: int64(10 + i%20)}
	for _, k := range d.agents[i].skills {
		s.Skills = append(s.Skills, Named{d.skills[k].id, d.skills[k].name})
	}
	return s
}

// SkillNames are the names of skills by id, as they are written in JSON.
func (a *Account) SkillNames() map[int64]string {
	names := map[int64]string{}
	for _, s := range a.directory.skills {
		names[s.id] = s.name
	}
	return names
}

// GroupIDs lists the agent groups.
func (a *Account) GroupIDs() (ids []int64) {
	for i := range a.directory.groups {
		ids = append(ids, a.directory.groups[i].id)
	}
	return ids
}

// GroupNames are the names of agent groups by id, as they are written in JSON.
func (a *Account) GroupNames() map[int64]string {
	names := map[int64]string{}
	for _, g := range a.directory.groups {
		names[g.id] = g.name
	}
	return names
}
