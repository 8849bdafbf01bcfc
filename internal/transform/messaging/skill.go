package messaging

import (
	"slices"

	"transporter/internal/transform/cell"
	"transporter/internal/transform/jsonrec"
)

// skillChange is a moment at which the record names the skill before and after.
type skillChange struct {
	at       int64
	from, to []byte
}

// skillTrack is the replay of G5.
type skillTrack struct {
	first   []byte
	changes []skillChange // in order of time, each to another skill than before
	names   []skillName
}

type skillName struct{ id, name []byte }

// Keys of skillChanges entries. The API publishes no field table for them; these are
// the names that transfers use, and the plain ones.
var (
	fromKeys     = []string{"sourceSkillId", "prevSkillId", "oldSkillId"}
	toKeys       = []string{"targetSkillId", "newSkillId", "skillId"}
	fromNameKeys = []string{"sourceSkillName", "prevSkillName", "oldSkillName"}
	toNameKeys   = []string{"targetSkillName", "newSkillName", "skillName"}
)

func firstText(v jsonrec.Value, keys []string) []byte {
	for _, k := range keys {
		if b := cell.TextOf(v.Get(k)); b != nil {
			return b
		}
	}
	return nil
}

// loadSkills replays skillChanges and transfers of MAIN in order of time from the first
// skill that one of them names; without any, the conversation had its latest skill.
func (c *Conversation) loadSkills() {
	if c.have.skills {
		return
	}
	c.have.skills = true
	t := &c.skills
	t.first, t.changes, t.names = nil, t.changes[:0], t.names[:0]
	for _, list := range []string{"skillChanges", "transfers"} {
		for v := range c.root.Get(list).Elements() {
			c.addChange(v, list)
		}
	}
	slices.SortStableFunc(t.changes, func(a, b skillChange) int { return compare(a.at, b.at) })
	t.keepRealChanges()
	if t.first == nil {
		t.first = cell.TextOf(c.info.Get("latestSkillId"))
	}
	t.name(cell.TextOf(c.info.Get("latestSkillId")), cell.TextOf(c.info.Get("latestSkillName")))
	for d := range c.root.Get("dialogs").Elements() {
		t.name(cell.TextOf(d.Get("skillId")), cell.TextOf(d.Get("skillName")))
	}
}

func (c *Conversation) addChange(v jsonrec.Value, list string) {
	at := c.timeIn(v, list, "timeL")
	if !c.inMain(cell.TextOf(v.Get("dialogId"))) {
		return
	}
	ch := skillChange{at, firstText(v, fromKeys), firstText(v, toKeys)}
	c.skills.name(ch.from, firstText(v, fromNameKeys))
	c.skills.name(ch.to, firstText(v, toNameKeys))
	if ch.from != nil || ch.to != nil {
		c.skills.changes = append(c.skills.changes, ch)
	}
}

func (t *skillTrack) keepRealChanges() {
	kept := t.changes[:0]
	var current []byte
	for _, ch := range t.changes {
		if t.first == nil {
			if t.first = ch.from; t.first == nil {
				t.first = ch.to
			}
			current = t.first
		}
		if ch.to != nil && string(ch.to) != string(current) {
			kept = append(kept, ch)
			current = ch.to
		}
	}
	t.changes = kept
}

func (t *skillTrack) name(id, name []byte) {
	if id != nil && name != nil && t.known(id) == nil {
		t.names = append(t.names, skillName{id, name})
	}
}

func (t *skillTrack) known(id []byte) []byte {
	for _, n := range t.names {
		if string(n.id) == string(id) {
			return n.name
		}
	}
	return nil
}

// skillAt returns the skill at the moment, nil if none is known.
func (c *Conversation) skillAt(at int64) []byte {
	c.loadSkills()
	id := c.skills.first
	for _, ch := range c.skills.changes {
		if ch.at > at {
			break
		}
		id = ch.to
	}
	return id
}

// unassigned is the skill -1, a real bucket (rule N5).
var unassigned = []byte("Unassigned")

// skillName returns the name from the record, else from the account's skills.
func (c *Conversation) skillName(id []byte) []byte {
	c.loadSkills()
	if id == nil {
		return nil
	}
	if name := c.skills.known(id); name != nil {
		return name
	}
	if c.SkillName != nil {
		if name := c.SkillName(id); name != nil {
			return name
		}
	}
	if string(id) == "-1" {
		return unassigned
	}
	return nil
}

// skillPath calls yield for the first skill and every one that followed.
func (c *Conversation) skillPath(yield func([]byte)) {
	c.loadSkills()
	if c.skills.first != nil {
		yield(c.skills.first)
	}
	for _, ch := range c.skills.changes {
		yield(ch.to)
	}
}

// skillsCount counts the different ids of the path.
func (c *Conversation) skillsCount() int64 {
	seen := map[string]bool{}
	c.skillPath(func(id []byte) { seen[string(id)] = true })
	return int64(len(seen))
}
