package world

import "transporter/internal/sandbox/history"

var (
	sources     = []string{"SHARK", "SHARK", "SHARK", "APP", "APP", "SMS", "FACEBOOK", "AGENT", "Apple Business Chat", "WhatsApp Business"}
	devices     = []string{"DESKTOP", "DESKTOP", "MOBILE", "TABLET", "undefined", "NA"}
	systemNames = []string{"WINDOWS", "MAC_OSX", "IOS", "ANDROID", "LINUX", "NA"}
	browsers    = []string{"CHROME", "SAFARI", "FIREFOX", "EDGE", "undefined"}
)

// traits are the small facts of a conversation that do not change with time.
type traits struct {
	source, device, system, browser int
	language                        int
	csat, nps                       int64 // of an answered survey; nps −1 when not asked
	fcr                             bool
	mcsStart                        int64
	summary, cobrowse               bool
	huge                            bool // so many messages that searches cut it
	pendingAgentSurvey              bool
	unauth                          bool
	agentFirst                      bool // the brand wrote first
}

// One conversation in hugeEvery is so long that searches cut it (isPartial).
const hugeEvery = 1499

func (a *Account) traitsOf(n int64) traits {
	r := a.random(streamTraits, n)
	t := traits{
		source: r.below(len(sources)), device: r.below(len(devices)), system: r.below(len(systemNames)),
		browser: r.below(len(browsers)), language: languageOf(&r),
		csat: r.between(1, 5), nps: r.between(-3, 10), fcr: r.chance(700), mcsStart: r.between(20, 80),
		summary: r.chance(250), cobrowse: r.chance(15), pendingAgentSurvey: r.chance(30),
		unauth: r.chance(300), agentFirst: r.chance(80),
	}
	t.nps = max(t.nps, -1)
	t.huge = (uint64(n)+a.seed>>32)%hugeEvery == 0
	return t
}

// traits adds to f, which holds the times, everything else that filters look at.
func (a *Account) traits(n, asOf int64, f *history.Facts) {
	s := stories.Get().(*story)
	defer stories.Put(s)
	a.tell(n, asOf, s)
	d := &a.directory
	f.Skills, f.Agents, f.Groups = f.Skills[:0], f.Agents[:0], f.Groups[:0]
	f.LatestSkill, f.LatestAgent = noSkill, 0
	for _, g := range s.segments() {
		f.LatestSkill = d.skillID(g.skill)
		f.Skills = append(f.Skills, f.LatestSkill)
		if g.agent != nobody {
			f.LatestAgent = d.agents[g.agent].id
			f.Agents = append(f.Agents, f.LatestAgent)
			f.Groups = append(f.Groups, d.groups[d.agents[g.agent].group].id)
		}
	}
	f.MCS, f.AlertedMCS = s.mcs(), s.alerted()
	f.CSAT = s.csat()
	f.Source, f.Device = sources[s.traits.source], devices[s.traits.device]
	f.QueueState = s.queueState()
	f.Updated = s.updated()
}

func (d *directory) skillID(i int) int64 {
	if i == noSkill {
		return -1
	}
	return d.skills[i].id
}

func (d *directory) skillName(i int) string {
	if i == noSkill {
		return "Unassigned"
	}
	return d.skills[i].name
}

// languageOf is English for half of the consumers.
func languageOf(r *random) int {
	if r.chance(500) {
		return 0
	}
	return r.below(len(corpus))
}
