package contract

import "time"

// Turn is how urgent a request to a platform is; a lower one comes first.
type Turn int

// The turns, most urgent first.
const (
	TurnConnector Turn = iota // somebody waits for the answer: a conversation, a test
	TurnLate                  // of a run that is behind
	TurnScheduled
	TurnBackfill // nobody waits
)

// Turns is a number for each Turn.
type Turns [4]int

// Sum adds them up.
func (t Turns) Sum() (n int) {
	for _, v := range t {
		n += v
	}
	return n
}

// UpdateLease of a Budget asks for slots, renews them and gives them back: see LeaseIn. It is
// answered at once.
const UpdateLease = "lease"

// QueryHolders asks a Budget who holds how much; the answer is BudgetState.
const QueryHolders = "holders"

// BudgetID returns the workflow ID of the budget of a platform account at one of its hosts.
func BudgetID(platformAccount, host string) string { return "budget/" + platformAccount + "/" + host }

// LeaseIn says what a worker process has of a budget and what it would like. One that wants
// nothing and holds nothing gives everything back.
type LeaseIn struct {
	Process string `json:"process"` // unique to one life of the process
	Seq     int64  `json:"seq"`     // counts its updates: one that arrives after a later one says nothing
	Cap     int    `json:"cap"`     // slots of all processes together, as the source's settings say
	Holds   int    `json:"holds"`   // slots that it may be using until it is answered
	Wants   Turns  `json:"wants"`   // slots that it could use, also those that it holds

	// Refused counts the answers 429 since the last update; Quiet is how long the platform
	// asked not to be asked, as much of it as is left.
	Refused int           `json:"refused,omitempty"`
	Quiet   time.Duration `json:"quiet,omitempty"`
}

// LeaseOut is the answer: so many slots, and for how long. Times are durations because the
// clocks of two machines differ.
type LeaseOut struct {
	Slots int           `json:"slots"`           // fewer than LeaseIn.Holds: begin no further request until so few run
	For   time.Duration `json:"for,omitempty"`   // from when the update was sent
	Again time.Duration `json:"again"`           // when to renew, and to ask for what was not given
	Quiet time.Duration `json:"quiet,omitempty"` // how long no process may begin a request
	Held  int           `json:"held,omitempty"`  // so many turns, the least urgent, begin no request: others have use for every slot
}

// BudgetState is the whole of a Budget entity, its input at start and at every
// continue-as-new.
type BudgetState struct {
	Holders []BudgetHolder `json:"holders,omitempty"` // in order of their names

	// Once the platform refuses, there are fewer slots for a time: Room of them at Refused,
	// more since.
	Room       int       `json:"room,omitempty"`
	Cut        time.Time `json:"cut,omitzero"`     // when Room was last made smaller
	Refused    time.Time `json:"refused,omitzero"` // the last answer 429; zero: none that matters
	QuietUntil time.Time `json:"quietUntil,omitzero"`
}

// BudgetHolder is one process with slots, or waiting for some.
type BudgetHolder struct {
	Process string        `json:"process"`
	Seq     int64         `json:"seq"`
	Cap     int           `json:"cap"`
	Holds   int           `json:"holds"` // the most that it may be using
	Wants   Turns         `json:"wants"`
	At      time.Time     `json:"at"`    // of its last update
	Until   time.Time     `json:"until"` // then it is taken for dead
	Used    time.Duration `json:"used"`  // time of all its slots, for taking turns
}
