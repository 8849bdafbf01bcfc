package conversation

// Closing is that a conversation was over: it was closed and everything asked for, or nothing had
// happened in it for so long that it was given up. What comes still later is a closing of its own,
// with a greater Next. Times are epoch milliseconds.
type Closing struct {
	At           int64  `json:"at"` // when we noted it, by our clock
	Account      string `json:"account"`
	App          string `json:"app"`
	Conversation string `json:"conversation"`
	Next         int64  `json:"next"` // position after the last entry of the journal that counts

	// What the journal does not say.
	Consumer    string   `json:"consumer,omitempty"`    // the channel's own id of the consumer
	Participant string   `json:"participant,omitempty"` // the platform's
	Features    []string `json:"features,omitempty"`
	Opened      int64    `json:"opened,omitempty"`    // when we opened it
	Abandoned   int64    `json:"abandoned,omitempty"` // when it was given up
	// Unverified is why nobody knows whether all of it was told: the history did not answer the last
	// look. Empty: it did.
	Unverified string `json:"unverified,omitempty"`

	Indexed bool `json:"indexed,omitempty"` // the index of closed conversations has it, and in time
}
