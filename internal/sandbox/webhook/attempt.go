package webhook

import (
	"time"

	"transporter/internal/sandbox/journal"
)

// What became of an attempt.
const (
	Delivered = "delivered" // 200 or 201
	Failed    = "failed"    // to be tried again
	Dropped   = "dropped"   // not delivered, and never tried again
)

// Attempt is one try to deliver something, or why none is made any more.
type Attempt struct {
	Number       uint64    `json:"number"`   // of the attempt, over all
	Delivery     uint64    `json:"delivery"` // attempts of one delivery have the same
	Try          int       `json:"try"`      // 1 is the first; 0: it was not tried
	At           time.Time `json:"at"`
	TookMS       int64     `json:"tookMs"`
	Account      string    `json:"account"`
	App          string    `json:"app"`
	Conversation string    `json:"conversation"`
	Type         string    `json:"type"`
	Changes      int       `json:"changes"`
	Duplicate    bool      `json:"duplicate,omitempty"` // sent once more on purpose
	Endpoint     string    `json:"endpoint,omitempty"`  // as the app has it
	Target       string    `json:"target,omitempty"`    // where it went
	Status       int       `json:"status,omitempty"`    // 0: no answer
	Outcome      string    `json:"outcome"`
	Error        string    `json:"error,omitempty"`
	Signature    string    `json:"signature,omitempty"`
	Body         string    `json:"body,omitempty"`
}

// What is kept of attempts.
const (
	mostAttempts     = 20_000
	mostAttemptBytes = 32 << 20
	attemptBytes     = 600 // an attempt without its body
)

func (s *Sender) note(a Attempt) {
	s.attempts.Add(attemptBytes+len(a.Body), func(number uint64) Attempt { a.Number = number; return a })
}

// Attempts returns, oldest first, at most limit attempts after a number, of one account or, with
// "", of all; and the number to go on from. Only the last ones are kept.
func (s *Sender) Attempts(account string, since uint64, limit int) ([]Attempt, uint64) {
	return s.attempts.Since(since, limit, func(a Attempt) bool { return account == "" || a.Account == account })
}

func newAttempts() *journal.Journal[Attempt] {
	return journal.New[Attempt](mostAttempts, mostAttemptBytes)
}
