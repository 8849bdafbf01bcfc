package live

import "encoding/json"

// profileKey is one consumer of an account.
type profileKey struct{ account, consumer string }

// SetProfile replaces what is known of the consumer.
func (e *Engine) SetProfile(by Caller, profile json.RawMessage) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.profiles[profileKey{by.Account, by.Consumer}] = compact(profile)
}
