package live

import "encoding/json"

// Roles of participants (Connector API, "Webhooks: events").
const (
	RoleConsumer      = "CONSUMER"
	RoleAssignedAgent = "ASSIGNED_AGENT"
	RoleAgent         = "AGENT" // the survey bot
	RoleManager       = "MANAGER"
	RoleReader        = "READER"
	RoleController    = "CONTROLLER" // sends auto messages
)

// States of conversations and dialogs.
const (
	stateOpen  = "OPEN"
	stateClose = "CLOSE"
)

// Who closed.
const (
	byConsumer = "CONSUMER"
	byAgent    = "AGENT"
	bySystem   = "SYSTEM" // the history's word for time-outs
)

// Participant is one who takes part, in one role.
type Participant struct {
	ID   string `json:"id"`
	Role string `json:"role"`
}

// conversation is one consumer's matter, in one or two dialogs. Its state is that of the main
// dialog, its stage is closed when all dialogs are.
type conversation struct {
	id, account, app, consumer string
	opening                    Opening
	features                   []string
	skill                      string
	ttr                        TTR
	due                        int64 // effectiveTTR
	lastAsked                  int64 // when the consumer last wrote
	csat                       *CSAT
	started, ended, updated    int64 // epoch milliseconds; ended is 0 while it is open
	closeReason                string
	dialogs                    []*dialog // the main one first
	stays                      []stay
	transfers                  []handOver
	unmarked                   map[string][]int // sequences by the status that they lack
	survey                     *survey
	events                     []Event
	states                     []json.RawMessage // as they were told
	failures                   []string          // of acts that were due later
}

func (c *conversation) main() *dialog { return c.dialogs[0] }

func (c *conversation) state() string { return c.main().state }

func (c *conversation) stage() string {
	for _, d := range c.dialogs {
		if d.state == stateOpen {
			return stateOpen
		}
	}
	return stateClose
}

// dialog returns the dialog with that id, nil if there is none.
func (c *conversation) dialog(id string) *dialog {
	for _, d := range c.dialogs {
		if d.id == id {
			return d
		}
	}
	return nil
}

// assigned returns who has the conversation, false while it waits in its queue.
func (c *conversation) assigned() (Participant, bool) {
	for _, p := range c.main().participants {
		if p.Role == RoleAssignedAgent {
			return p, true
		}
	}
	return Participant{}, false
}

// touch moves metaDataLastUpdateTs on, which no two states share, and returns it.
func (e *Engine) touch(c *conversation) int64 {
	c.updated = max(e.now(), c.updated+1)
	return c.updated
}
