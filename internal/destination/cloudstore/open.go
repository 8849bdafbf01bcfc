package cloudstore

import (
	"path"

	"transporter/internal/destination"
	"transporter/internal/destination/kind"
	"transporter/internal/store"
)

// Opener returns what opens settings of kind store: every destination has a folder of its
// own below the prefix of the store.
func Opener(st store.Store, prefix string) destination.Opener {
	return func(s destination.Settings, _ destination.Outbound) (destination.Destination, error) {
		return New(st, path.Join(prefix, s.Account, s.ID, kind.Values(s.Fields).Text("prefix"))), nil
	}
}
