package interval

import (
	"encoding/json"

	"transporter/internal/source"
	"transporter/internal/transform/agentstatus"
	"transporter/internal/transform/cell"
	"transporter/internal/transform/jsonrec"
	"transporter/internal/transform/messaging"
)

// Resources that rows of skills are made of.
const (
	agentActivity = "agent_activity"
	conversations = "messaging_interactions"
	handleTime    = "handle_time"
	netHandleTime = "net_handle_time"
	queueHealth   = "ops_msgqueuehealth"
	resolvedLive  = "ops_msgconversation"
)

// unassigned is the skill of what has none: a real bucket (rule N5).
var unassigned = []byte("-1")

// SkillOptions are what rows of skills take from the run.
type SkillOptions struct {
	Axis      *Axis
	Read      []string                             // resources that were read
	Skills    []string                             // those that have rows also where nothing happened
	Only      []string                             // the only ones that have rows; none: all
	Name      func(skill []byte) []byte            // nil: it has none
	Threshold func(skill []byte) int64             // longest wait within the service level, in milliseconds
	Having    func(agent []byte) (skills [][]byte) // skills of an agent
}

// Skills counts what happened to every messaging skill in every interval: from conversations
// with a moment in the window, agents' changes of status, and what other APIs count.
type Skills struct {
	SkillOptions
	window agentstatus.Window
	table  table[skillTally]
	talk   messaging.Conversation
	stays  *agentstatus.Stays
	row    row
	read   map[string]bool
	now    int64 // when the latest record was read
}

// skillTally is one skill in one interval.
type skillTally struct {
	started, fresh, returned          int64
	assigned, handled, concluded      int64
	byAgent, byConsumer, bySystem     int64
	abandoned, abandonedInQueue       int64
	interactive, silentCons, silentAg int64
	waits                             []int64
	waitNew, waitTransfer, waitBot    mean
	firstResponse, segments           mean
	within, short, unsettled          int64
	messages, open                    int64
	rated, ratedWell                  int64
	online, handleMS                  int64
	netHandle, load                   json.RawMessage // as the source counts them; nil: not at all
	backlogStart, backlogEnd          json.RawMessage
	actionableEnd                     json.RawMessage
	resolved                          int64
}

// NewSkills goes on from what the window before left of the agents' states.
func NewSkills(w agentstatus.Window, o SkillOptions) (*Skills, error) {
	stays, err := agentstatus.NewStays(w)
	f := &Skills{SkillOptions: o, window: w, table: newTable[skillTally](o.Axis), stays: stays, read: map[string]bool{}}
	for _, r := range o.Read {
		f.read[r] = true
	}
	return f, err
}

// Add implements the fold. It gives nothing before the end.
func (f *Skills) Add(resource string, root jsonrec.Value, rec source.Record, _ func(source.Record) error) error {
	f.now = max(f.now, rec.FetchedAt)
	switch resource {
	case conversations:
		return f.conversation(root, rec.FetchedAt)
	case agentActivity:
		stay, err := f.stays.Next(root, rec.Order, rec.ID)
		if err == nil && stay != nil {
			f.online(stay)
		}
		return err
	case handleTime:
		return f.handle(root)
	case netHandleTime:
		return f.net(root)
	case queueHealth:
		return f.queue(root)
	default:
		return f.resolved(root)
	}
}

// Tell has told called with the id of every row that something is counted in from now on, and
// those of the records before the present one that it comes of.
func (f *Skills) Tell(told func(id string, from ...string)) { f.table.told = told }

// End implements the fold: it gives the rows of every skill, interval after interval.
func (f *Skills) End(give func(source.Record) error) ([]byte, error) {
	err := f.stays.Open(f.window.To, func(s *agentstatus.Stay) error {
		f.online(s)
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, skill := range f.keys() {
		rows := f.table.rows[skill]
		for i := range f.Axis.Len() {
			tally := &skillTally{}
			if rows != nil && rows[i] != nil {
				tally = rows[i]
			}
			f.row.begin()
			f.write(skill, i, tally)
			from, _ := f.Axis.Bounds(i)
			if err := give(f.row.record(f.Axis.id(skill, i), from, f.now)); err != nil {
				return nil, err
			}
		}
	}
	return f.stays.State()
}

// online counts the time of an agent for each skill that the agent has.
func (f *Skills) online(s *agentstatus.Stay) {
	if string(s.Status) != agentstatus.Online {
		return
	}
	f.table.from = s.Changes
	for _, skill := range f.Having([]byte(s.Agent)) {
		f.Axis.Clip(s.From, s.To, func(i int, from, to int64) { f.table.in(skill, i).online += to - from })
	}
	f.table.from = nil
}

// handle counts a segment of the Actual Handle Time API, in the interval that it ended in.
func (f *Skills) handle(root jsonrec.Value) error {
	at, ok := cell.IntOf(root.Get("endTimeL"))
	if !ok {
		return &jsonrec.Defect{Path: "$.endTimeL", Reason: "has no time, and must have one (epoch milliseconds)"}
	}
	took, _ := cell.IntOf(root.Get("totalHandleTimeMillis"))
	if t := f.table.at(skillOf(cell.TextOf(root.Get("skillId"))), at); t != nil {
		t.handleMS += took
	}
	return nil
}

func skillOf(id []byte) []byte {
	if id == nil {
		return unassigned
	}
	return id
}
