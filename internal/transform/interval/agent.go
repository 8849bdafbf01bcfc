package interval

import (
	"maps"
	"slices"
	"time"

	"transporter/internal/fault"
	"transporter/internal/source"
	"transporter/internal/transform/agentstatus"
	"transporter/internal/transform/jsonrec"
	"transporter/internal/transform/messaging"
)

// AgentOptions are what rows of agents take from the run.
type AgentOptions struct {
	PeopleOptions
	Axis    *Axis
	Days    bool                   // rows are of days
	Read    []string               // resources that were read
	Reason  func(id []byte) []byte // the text of a status reason; nil if none is known
	Wide    bool                   // Reasons have columns of their own
	Reasons []string
}

// Agents counts what every agent did in every interval: changes of status, stays of
// conversations, messages, the time worked on them, and what is counted of chats.
type Agents struct {
	people
	AgentOptions
	window  agentstatus.Window
	stays   *agentstatus.Stays
	talk    messaging.Conversation
	table   table[agentTally]
	reasons texts
	handled map[segmentKey]*agent // the agent of every segment whose handle time was read
	talked  map[*agentTally]bool  // those that the conversation was counted for
	measure bool                  // handle time was read
	row     row
	now     int64 // when the latest record was read
}

// NewAgents goes on from what the window before left of the agents' states.
func NewAgents(w agentstatus.Window, o AgentOptions) (*Agents, error) {
	stays, err := agentstatus.NewStays(w)
	return &Agents{
		people: newPeople(o.PeopleOptions), AgentOptions: o, window: w, stays: stays, table: newTable[agentTally](o.Axis),
		handled: map[segmentKey]*agent{}, talked: map[*agentTally]bool{}, measure: slices.Contains(o.Read, handleBreakdown),
	}, err
}

// Add implements the fold. It gives nothing before the end.
func (f *Agents) Add(resource string, root jsonrec.Value, rec source.Record, _ func(source.Record) error) error {
	f.now = max(f.now, rec.FetchedAt)
	switch resource {
	case handleTime:
		return f.handle(root)
	case handleBreakdown:
		return f.handleUnit(root)
	case conversations:
		return f.conversation(root)
	case chatAgents:
		return f.chat(root)
	case agentActivity:
		return f.change(root, rec)
	}
	return fault.New(fault.SchemaMismatch, "rows of agents take no records of %s", resource)
}

// Tell has told called with the id of every row that something is counted in from now on, and
// those of the records before the present one that it comes of.
func (f *Agents) Tell(told func(id string, from ...string)) { f.table.told = told }

// End implements the fold: it gives the rows of every agent, interval after interval. Sums
// that do not add up are an error: no row is given that contradicts itself.
func (f *Agents) End(give func(source.Record) error) ([]byte, error) {
	if err := f.stays.Open(f.window.To, f.open); err != nil {
		return nil, err
	}
	for _, id := range slices.Sorted(maps.Keys(f.table.rows)) {
		for i, t := range f.table.rows[id] {
			if t == nil {
				continue
			}
			if err := f.sound(id, i, t); err != nil {
				return nil, err
			}
			f.row.begin()
			f.write(id, i, t)
			from, _ := f.Axis.Bounds(i)
			if err := give(f.row.record(f.Axis.id(id, i), from, f.now)); err != nil {
				return nil, err
			}
		}
	}
	return f.stays.State()
}

// sound refuses sums that contradict each other: a status that is none of the three, or more
// time than there was.
func (f *Agents) sound(id string, i int, t *agentTally) error {
	from, to := f.Axis.Bounds(i)
	if t.online+t.backSoon+t.away == t.login && t.login <= to-from {
		return nil
	}
	return fault.New(fault.CountMismatch, "agent %s was logged in for %d ms of the %d from %s: online %d, back soon %d, away %d",
		id, t.login, to-from, time.UnixMilli(from).UTC().Format(time.RFC3339), t.online, t.backSoon, t.away).
		WithFix("look at the agent's changes of status (raw.agent_activity): they contradict each other, or have a status that is not known here")
}
