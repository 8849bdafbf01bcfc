package world

import (
	"fmt"
	"strconv"
)

// The kinds of users, numbered as the source's userTypeId.
const (
	systemUser = 0
	humanUser  = 1
	botUser    = 2
)

var userTypeNames = [...]string{"System", "Human", "Bot"}

// agent is one user. Text is JSON-escaped already.
type agent struct {
	id                int64
	login, nick, full string
	idText            string
	kind              int
	group             int
	profile           int
	skills            []int
	deleted           bool
	disabled          bool
}

// named is a skill, group, profile or line of business.
type named struct {
	id      int64
	name    string
	deleted bool
	agents  []int // of a skill: humans who hold it
}

// directory is the account's configuration: everything conversations refer to.
type directory struct {
	agents   []agent // the system user, the bots, then the humans
	humans   int     // index of the first human
	skills   []named
	groups   []named // the first is the root
	profiles []named
	lobs     []named
}

const (
	bots = 3
	// One human per conversationsPerAgent in 13 months, within limits that keep lists
	// readable.
	conversationsPerAgent = 4000
	fewestHumans          = 12
	mostHumans            = 2500
)

// Ids are ten digits long; many exceed 32 bits. The steps are prime, so that ids look
// scattered and never meet.
func agentID(i int) int64   { return 1_610_000_010 + int64(i)*3_000_017 }
func skillID(i int) int64   { return 2_359_000_012 + int64(i)*70_000_027 }
func groupID(i int) int64   { return 3_231_000_412 + int64(i)*40_000_003 }
func profileID(i int) int64 { return 2_338_395_712 + int64(i)*1_000_003 }
func lobID(i int) int64     { return 2_389_848_512 + int64(i)*1_000_033 }

var (
	skillWords = []string{
		"Sales", "Billing", "Tech Support", "Facturación", "Réclamations – été", "技术支持", "دعم", "תמיכה",
		"Возвраты", "Care & Retention", "Prepaid, \\\"plus\\\"", "VIP 👑", "Überweisungen",
	}
	groupWords = []string{"Main Group", "EMEA / Früh", "Américas", "アジア", "Night shift", "שירות", "الدعم"}
	agentWords = []string{"Agent", "Berater", "Conseiller", "担当", "נציג", "وكيل", "Оператор", "Asesoría"}
	logins     = []string{"agent", "care", "desk", "team.lead", "night"}
)

func newDirectory(seed uint64, conversations int) directory {
	r := random(mix(seed ^ 0xd1))
	humans := min(max(conversations/conversationsPerAgent, fewestHumans), mostHumans)
	var d directory
	d.skills = makeNamed(min(max(humans/6, 6), 80), skillWords, skillID)
	d.groups = makeNamed(min(max(humans/20, 3), 40), groupWords, groupID)
	d.profiles = makeNamed(5, []string{"Administrator", "Agent", "Agent Manager", "Campaign Manager", "LPA"}, profileID)
	d.lobs = makeNamed(4, []string{"Retail", "Banque privée", "モバイル", "Travel"}, lobID)
	d.humans = 1 + bots
	for i := range d.humans + humans {
		d.agents = append(d.agents, d.newAgent(&r, i))
	}
	for i := range d.skills {
		if len(d.skills[i].agents) == 0 {
			j := d.humans + i%humans
			d.agents[j].skills = append(d.agents[j].skills, i)
			d.skills[i].agents = append(d.skills[i].agents, j)
		}
		d.skills[i].deleted = i > 0 && i%11 == 0
	}
	return d
}

func makeNamed(n int, words []string, id func(int) int64) []named {
	list := make([]named, n)
	for i := range list {
		list[i] = named{id: id(i), name: words[i%len(words)]}
		if i >= len(words) {
			list[i].name += " " + strconv.Itoa(i/len(words)+1)
		}
	}
	return list
}

func (d *directory) newAgent(r *random, i int) agent {
	a := agent{id: agentID(i), group: r.below(len(d.groups)), profile: 1}
	a.idText = strconv.FormatInt(a.id, 10)
	switch {
	case i == 0:
		a.kind, a.login, a.nick, a.full = systemUser, "controller@system", "Controller Bot", "Controller Bot"
	case i < d.humans:
		a.kind = botUser
		a.login, a.nick = fmt.Sprintf("bot%d@bots.example", i), fmt.Sprintf("Helper 🤖 %d", i)
		a.full = a.nick
	default:
		a.kind = humanUser
		a.login = fmt.Sprintf("%s.%04d@care.example", logins[i%len(logins)], i)
		a.nick = fmt.Sprintf("%s %d", agentWords[r.below(len(agentWords))], i)
		a.full = a.nick + " (" + logins[i%len(logins)] + ")"
		a.deleted, a.disabled = r.chance(70), r.chance(40)
		a.profile = 1 + r.below(2)
		d.giveSkills(r, &a, i)
	}
	return a
}

func (d *directory) giveSkills(r *random, a *agent, i int) {
	for range 1 + r.below(4) {
		s := r.below(len(d.skills))
		if !contains(a.skills, s) {
			a.skills = append(a.skills, s)
			d.skills[s].agents = append(d.skills[s].agents, i)
		}
	}
}

func contains(list []int, v int) bool {
	for _, x := range list {
		if x == v {
			return true
		}
	}
	return false
}
