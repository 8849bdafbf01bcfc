package httpapi

import (
	"fmt"
	"maps"
	"slices"

	"transporter/internal/account"
	"transporter/internal/destination/kind"
	"transporter/internal/fault"
	"transporter/internal/task"
)

// encryptsLinks refuses legs whose files would be linked in mails without being encrypted.
func encryptsLinks(snap account.Snapshot, spec task.Spec) (wrong []error) {
	for i, leg := range spec.Destinations {
		d := snap.Destinations[leg.Destination]
		if kind.SendsLinks(d.Kind, d.Config) && leg.Encryption.Mode != task.EncryptPGP {
			wrong = append(wrong, fault.New(fault.InvalidSpec, "its mails have links, which whoever has one can follow, so files must be encrypted").
				WithField(fmt.Sprintf("destinations[%d].encryption.mode", i)).
				WithFix("set it to %s and name a key, or set link of the destination to false", task.EncryptPGP))
		}
	}
	return wrong
}

// keepsLinks refuses links at a destination that tasks deliver clear files to.
func keepsLinks(snap account.Snapshot, id string, d account.Destination) error {
	if !kind.SendsLinks(d.Kind, d.Config) {
		return nil
	}
	for _, t := range slices.Sorted(maps.Keys(snap.Tasks)) {
		for _, leg := range snap.Tasks[t].Spec.Destinations {
			if leg.Destination == id && leg.Encryption.Mode != task.EncryptPGP {
				return fault.New(fault.InvalidSpec, "task %s delivers files to it that are not encrypted, and whoever has a link can fetch its file", t).
					WithField("link").WithFix("give the task a key first")
			}
		}
	}
	return nil
}
