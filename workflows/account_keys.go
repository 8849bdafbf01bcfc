package workflows

import (
	"slices"

	"go.temporal.io/sdk/workflow"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/task"
)

func (e *entity) checkKey(in contract.PutKeyIn) error {
	if err := e.fits(in.Write, "key", in.Key.Meta, in.Key); err != nil {
		return err
	}
	if in.Key.Armored == "" || in.Key.Fingerprint == "" {
		return fault.New(fault.InvalidSpec, "a key needs its armored text and fingerprint").WithField("armored")
	}
	if err := e.checkSuccessor(in.Key); err != nil {
		return err
	}
	stored, ok := e.Keys[in.Key.ID]
	return version("key", in.Key.ID, stored.Version, ok, in.Write)
}

// checkSuccessor holds that a key is succeeded by another of the account, and by itself at
// no remove. The API checks the dates.
func (e *entity) checkSuccessor(k account.Key) error {
	next := k.Successor
	if next == nil {
		return nil
	}
	if _, ok := e.Keys[next.Key]; !ok {
		return fault.New(fault.InvalidSpec, "this account has no key %q", next.Key).WithField("successor.key")
	}
	if e.Circular(k.ID, next.Key) {
		return fault.New(fault.InvalidSpec, "key %s would succeed itself", k.ID).WithField("successor.key")
	}
	return nil
}

func (e *entity) putKey(ctx workflow.Context, in contract.PutKeyIn) (contract.Written, error) {
	v := in.Key
	v.Meta = edited(e.Keys[v.ID].Meta, v.Meta, workflow.Now(ctx))
	e.Keys[v.ID] = v
	return contract.Written{Meta: v.Meta}, nil
}

func (e *entity) checkDeleteKey(in contract.DeleteIn) error {
	v, ok := e.Keys[in.ID]
	if err := e.deletable("key", in, v.Meta, ok); err != nil {
		return err
	}
	for _, id := range workflow.DeterministicKeys(e.Keys) {
		if next := e.Keys[id].Successor; next != nil && next.Key == in.ID {
			return fault.New(fault.Conflict, "key %s succeeds key %s", in.ID, id).WithFix("end that rotation first: starter key rotate %s --cancel", id)
		}
	}
	return e.unused("key", in.ID, func(s task.Spec) bool {
		return slices.ContainsFunc(s.Destinations, func(l task.Leg) bool { return slices.Contains(l.Encryption.Keys, in.ID) })
	})
}

func (e *entity) deleteKey(_ workflow.Context, in contract.DeleteIn) (contract.Written, error) {
	v := e.Keys[in.ID]
	delete(e.Keys, in.ID)
	return contract.Written{Meta: v.Meta}, nil
}

func (e *entity) checkSigner(in contract.PutSignerIn) error {
	if err := e.alive(); err != nil {
		return err
	}
	if in.Signer.Fingerprint == "" || in.Signer.Armored == "" || len(in.Signer.Secret.Data) == 0 {
		return fault.New(fault.InvalidSpec, "a signing key needs its fingerprint and both halves").WithField("signer")
	}
	had := e.Signer != nil
	stored := 0
	if had {
		stored = e.Signer.Version
	}
	return version("signing key of account", e.ID, stored, had, in.Write)
}

func (e *entity) putSigner(ctx workflow.Context, in contract.PutSignerIn) (contract.Written, error) {
	next := in.Signer
	next.Version, next.CreatedAt = 1, workflow.Now(ctx).UTC()
	if e.Signer != nil {
		next.Version += e.Signer.Version
	}
	e.Signer = &next
	return e.settled(ctx, next.Version), nil
}
