package cloudstore

import (
	"path"

	"transporter/internal/destination"
	"transporter/internal/destination/kind"
	"transporter/internal/store"
)

// Opener returns what opens settings of kind store: every destination has a folder of its
// own below the prefix of the store, and all of an account share a quota in bytes, 0 for
// none.
func Opener(st store.Store, prefix string, quota int64) destination.Opener {
	return func(s destination.Settings, _ destination.Outbound) (destination.Destination, error) {
		d := New(st, path.Join(prefix, s.Account, s.ID, kind.Values(s.Fields).Text("prefix")))
		return d.Within(Quota{Prefix: path.Join(prefix, s.Account), Bytes: quota}), nil
	}
}
