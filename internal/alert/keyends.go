package alert

import (
	"time"

	"transporter/internal/account"
	"transporter/internal/pgp"
)

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
