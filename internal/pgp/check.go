package pgp

import (
	"io"
	"time"

	"transporter/internal/fault"
)

// Check reads a message to its end, as a stranger would, and returns nil if it is whole
// (fault.Corrupt) and for the keys: each of them opens it, by a part that is fit at the
// time, nobody else does, and its version is one that they all read. If not it is
// fault.KeyUnfit.
func Check(src io.Reader, keys []*Key, now time.Time) error {
	e, err := Inspect(src)
	if err != nil {
		return err
	}
	return e.check(keys, now)
}

// CheckHead is Check by the head of the message alone, for a file that was checked whole
// when it was made.
func CheckHead(src io.Reader, keys []*Key, now time.Time) error {
	e, err := ReadEnvelope(src)
	if err != nil {
		return err
	}
	return e.check(keys, now)
}

func (e Envelope) check(keys []*Key, now time.Time) error {
	const again = "resume the run: the file is encrypted again"
	reads := map[*Key]bool{}
	for _, id := range e.Recipients {
		key := ownerOf(keys, id, now)
		if key == nil {
			return fault.New(fault.KeyUnfit, "the file is encrypted to %016X, which is no part of its receivers' keys that is fit now", id).WithFix(again)
		}
		reads[key] = true
	}
	for _, key := range keys {
		switch {
		case !reads[key]:
			return fault.New(fault.KeyUnfit, "the file is not encrypted to key %s", key.Fingerprint()).WithFix(again)
		case e.Version == versionAEAD && !key.wantsAEAD():
			return fault.New(fault.KeyUnfit, "the file is encrypted in a form that key %s does not ask for", key.Fingerprint()).WithFix(again)
		}
	}
	return nil
}

// ownerOf returns the key that has a part of that id which may be encrypted to, or nil.
func ownerOf(keys []*Key, id uint64, now time.Time) *Key {
	for _, key := range keys {
		if reason, _ := key.primaryReason(now); reason != "" {
			continue
		}
		for _, c := range key.candidates() {
			if c.pub.KeyId == id && c.reason(now) == "" {
				return key
			}
		}
	}
	return nil
}
