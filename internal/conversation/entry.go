package conversation

// Entry is one line of a conversation's journal: events in the order in which they are to be
// read, and what else a reader must know. Positions count from 0 without gaps, are never reused
// and name the entry for good: receivers de-duplicate by them.
type Entry struct {
	Position int64  `json:"position"`
	Event    *Event `json:"event,omitempty"`
	// Late marks an event that came after later ones of its dialog had to be passed on.
	Late bool `json:"late,omitempty"`
	// Gap says which numbers of a dialog were given up for now; nil: none were.
	Gap *Gap `json:"gap,omitempty"`
	// Failed is a message of the consumer that could not be sent.
	Failed *Failed `json:"failed,omitempty"`
	At     int64   `json:"at"` // when it was written, epoch milliseconds
}

// Gap is a range of numbers of a dialog that nobody could tell us, both ends included.
type Gap struct {
	Dialog string `json:"dialog"`
	From   int    `json:"from"`
	To     int    `json:"to"`
}

// Failed is a message that the channel gave us and the platform did not take.
type Failed struct {
	IdemKey string `json:"idemKey"`
	Reason  string `json:"reason"`
}
