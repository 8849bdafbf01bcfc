package alert

import (
	"time"

	"transporter/internal/account"
	"transporter/internal/pgp"
)

// expiresSoon is how long before its end a key is told of: time for the receiver to make
// another and send it.
const expiresSoon = 30 * 24 * time.Hour

// KeyEnds returns when the account's keys end, by themselves or by what the account says;
// keys without an end are left out.
func KeyEnds(s account.Snapshot) map[string]time.Time {
	ends := map[string]time.Time{}
	for id, key := range s.Keys {
		if parsed, err := pgp.ParseKey(key.Armored); err == nil && !parsed.Expires().IsZero() {
			ends[id] = parsed.Expires()
		}
		if key.NotAfter != nil && (ends[id].IsZero() || key.NotAfter.Before(ends[id])) {
			ends[id] = *key.NotAfter
		}
	}
	return ends
}

// NeedsSuccessor reports whether the key, which ends then, ends soon or has ended, and no
// other takes over before.
func NeedsSuccessor(key account.Key, end, now time.Time) bool {
	taken := key.Successor != nil && !key.Successor.Switch.After(end)
	return !end.After(now.Add(expiresSoon)) && !taken
}
