// Package notify tells people: by email and by signed webhooks. Who is told of what is
// decided elsewhere; here a message reaches one address, or the error says why not.
package notify

import (
	"crypto/sha256"
	"encoding/hex"
	"time"
)

// Message is one thing that people are told. It holds no secret and no data of a report.
type Message struct {
	ID      string    `json:"id"`   // the same for every try: receivers recognise a repeat by it
	Kind    string    `json:"kind"` // run-failed, window-late, recovered, delivered, …
	Subject string    `json:"subject"`
	Text    string    `json:"text"`
	Account string    `json:"account"`
	Task    string    `json:"task"`
	Run     string    `json:"run,omitempty"`
	Link    string    `json:"link,omitempty"` // of the run in the Temporal UI
	At      time.Time `json:"at"`
}

// NewID returns the id of a message about what the parts name.
func NewID(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write([]byte(p))
		h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
