package activities

import (
	"slices"
	"strings"
	"time"

	"transporter/internal/account"
	"transporter/internal/fault"
	"transporter/internal/pgp"
	"transporter/internal/task"
)

// fitKeys returns the receivers' keys of a leg as they are in the account now, or none for
// a leg without encryption. A key that was deleted, revoked, replaced, succeeded or has
// expired since the plan was made is refused with the reason.
func fitKeys(snapshot account.Snapshot, leg *PlannedLeg, now time.Time) ([]*pgp.Key, error) {
	if leg.Leg.Encryption.Mode != task.EncryptPGP {
		return nil, nil
	}
	keys := make([]*pgp.Key, 0, len(leg.Keys))
	for _, planned := range leg.Keys {
		key, err := fitKey(snapshot, planned.ID, now)
		if err != nil {
			return nil, err
		}
		if !strings.EqualFold(key.Fingerprint(), planned.Fingerprint) {
			return nil, fault.New(fault.KeyUnfit, "key %s was replaced while the run went on", planned.ID).
				WithFix("resume the run: it takes the new key")
		}
		keys = append(keys, key)
	}
	if err := succeeded(snapshot, leg, now); err != nil {
		return nil, err
	}
	if len(keys) == 0 {
		return nil, fault.New(fault.KeyUnfit, "leg %s has no key to encrypt to", leg.Title).WithFix("name a key in the task's leg")
	}
	return keys, nil
}

// succeeded refuses keys of the plan whose time is over, where the plan has not their
// successors too. In an overlap either will do.
func succeeded(snapshot account.Snapshot, leg *PlannedLeg, now time.Time) error {
	for _, id := range leg.Leg.Encryption.Keys {
		current := snapshot.InForce(id, now)
		known := slices.ContainsFunc(leg.Keys, func(k PlannedKey) bool { return slices.Contains(current, k.ID) })
		if !known {
			return fault.New(fault.KeyUnfit, "key %s was succeeded while the run went on", id).
				WithFix("resume the run: it takes the key in force")
		}
	}
	return nil
}

// errNoSigner tells that files are to be signed and nothing signs them.
func errNoSigner() error {
	return fault.New(fault.ConfigMissing, "the task signs its files, and the account has no key to sign with").
		WithFix("make one (starter signer make), or take sign from the task's leg, then resume the run")
}

// signer opens the key that signs the files of a leg; nil where they are not signed.
func (a *Run) signer(snapshot account.Snapshot, leg *PlannedLeg) (*pgp.Signer, error) {
	switch stored := snapshot.Signer; {
	case leg.Signer == "":
		return nil, nil
	case stored == nil:
		return nil, errNoSigner()
	case stored.Fingerprint != leg.Signer:
		return nil, fault.New(fault.KeyUnfit, "the account's signing key was replaced while the run went on").
			WithFix("resume the run: it takes the new key")
	default:
		return a.Adapters.Signer(snapshot.ID, *stored)
	}
}

// fitKey returns the account's key if it may be encrypted to now.
func fitKey(snapshot account.Snapshot, id string, now time.Time) (*pgp.Key, error) {
	const fix = "give the task another key, then resume the run"
	stored, ok := snapshot.Keys[id]
	switch {
	case !ok:
		return nil, fault.New(fault.KeyUnfit, "key %s was deleted", id).WithFix(fix)
	case stored.Revoked:
		return nil, fault.New(fault.KeyUnfit, "key %q (%s) is revoked", stored.Description, stored.Fingerprint).WithFix(fix)
	case stored.NotAfter != nil && !now.Before(*stored.NotAfter):
		return nil, fault.New(fault.KeyUnfit, "key %q ended on %s", stored.Description, stored.NotAfter.Format(time.DateOnly)).WithFix(fix)
	case stored.NotBefore != nil && now.Before(*stored.NotBefore):
		return nil, fault.New(fault.KeyUnfit, "key %q begins on %s", stored.Description, stored.NotBefore.Format(time.DateOnly)).WithFix(fix)
	}
	key, err := pgp.ParseKey(stored.Armored)
	if err != nil {
		return nil, err
	}
	return key, key.Fitness(now)
}
