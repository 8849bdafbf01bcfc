package pgp

import (
	"fmt"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"transporter/internal/fault"
)

// minRSABits is the shortest RSA modulus accepted (product.md T10; NIST SP 800-57).
const minRSABits = 2048

const dateOnly = "2006-01-02 15:04:05 MST"

// Fitness returns nil if files may be encrypted to the key at the time, else
// fault.KeyUnfit with the reason and what to do: revoked, not valid yet, expired, RSA
// below 2048 bits, no usable encryption subkey, or an unknown algorithm.
func (k *Key) Fitness(now time.Time) error {
	_, err := k.recipient(now)
	return err
}

// Revoked reports whether the owner has revoked the key as a whole.
func (k *Key) Revoked(now time.Time) bool { return k.entity.Revoked(now) }

// recipient returns the newest key packet of k that may be encrypted to at the time.
func (k *Key) recipient(now time.Time) (*packet.PublicKey, error) {
	if reason, fix := k.primaryReason(now); reason != "" {
		return nil, k.unfit(reason, fix)
	}
	var best *candidate
	var reasons []string
	for _, c := range k.candidates() {
		if reason := c.reason(now); reason != "" {
			reasons = append(reasons, reason)
			continue
		}
		if best == nil || c.newerThan(best) {
			best = &c
		}
	}
	if best != nil {
		return best.pub, nil
	}
	for _, name := range k.skipped {
		reasons = append(reasons, "a subkey uses "+name+", which this program does not know")
	}
	reason := "no part of it can be encrypted to"
	if len(reasons) > 0 {
		reason += ": " + strings.Join(reasons, "; ")
	}
	return nil, k.unfit(reason, "add an encryption subkey (gpg --quick-add-key FINGERPRINT) and export the key again, or use another key")
}

// primaryReason says what is wrong with the key as a whole, and what to do about it.
func (k *Key) primaryReason(now time.Time) (reason, fix string) {
	primary, revocations := k.entity.PrimaryKey, k.entity.Revocations
	self, identity := k.entity.PrimarySelfSignature()
	switch end := expiry(primary, self); {
	case k.entity.Revoked(now):
		return "it was revoked" + revocationNote(revocations), "ask the receiver for the new key"
	case self == nil:
		return "it carries no valid self-signature", "export the key again"
	case primary.CreationTime.After(now):
		return "it is not valid before " + primary.CreationTime.UTC().Format(dateOnly), "wait, or check the clocks of both sides"
	case primary.KeyExpired(self, now):
		return "it expired on " + end.Format(dateOnly), "ask the receiver to extend it (gpg --quick-set-expire) and to send it again, or use another key"
	case self.SigExpired(now):
		return "the signature over its user id is not valid now", "ask the receiver for the current key"
	case identity != nil && identity.Revoked(now):
		return "its user id was revoked" + revocationNote(identity.Revocations), "ask the receiver for the current key"
	}
	if reason := weakness(primary); reason != "" {
		return reason, fmt.Sprintf("use a key of at least %d bits", minRSABits)
	}
	return "", ""
}

func (k *Key) unfit(reason, fix string) error {
	return fault.New(fault.KeyUnfit, "key %s cannot be used: %s", k.Fingerprint(), reason).WithFix("%s", fix)
}

// candidate is one key packet that might be encrypted to.
type candidate struct {
	pub         *packet.PublicKey
	sig         *packet.Signature
	revocations []*packet.Signature
	primary     bool
}

// candidates lists the subkeys and, after them, the primary key.
func (k *Key) candidates() []candidate {
	var list []candidate
	for _, sub := range k.entity.Subkeys {
		list = append(list, candidate{pub: sub.PublicKey, sig: sub.Sig, revocations: sub.Revocations})
	}
	self, _ := k.entity.PrimarySelfSignature()
	return append(list, candidate{pub: k.entity.PrimaryKey, sig: self, primary: true})
}

// mayEncrypt reports whether the key's flags and algorithm are for encryption. A
// signature without flags allows all that the algorithm can do (as GnuPG has it).
func (c candidate) mayEncrypt() bool {
	if c.sig == nil {
		return false
	}
	allowed := !c.sig.FlagsValid || c.sig.FlagEncryptCommunications || c.sig.FlagEncryptStorage
	return allowed && c.pub.PubKeyAlgo.CanEncrypt()
}

// reason says why the candidate cannot be encrypted to at the time; empty if it can.
func (c candidate) reason(now time.Time) string {
	sub := openpgp.Subkey{PublicKey: c.pub, Sig: c.sig, Revocations: c.revocations}
	name := fmt.Sprintf("subkey %016X (%s)", c.pub.KeyId, algorithmName(c.pub))
	if c.primary {
		name = "the primary key"
	}
	switch {
	case !c.mayEncrypt():
		return name + " is not for encryption"
	case sub.Revoked(now):
		return name + " was revoked" + revocationNote(c.revocations)
	case c.pub.CreationTime.After(now):
		return name + " is not valid before " + c.pub.CreationTime.UTC().Format(dateOnly)
	case c.pub.KeyExpired(c.sig, now):
		return name + " expired on " + expiry(c.pub, c.sig).Format(dateOnly)
	case c.sig.SigExpired(now):
		return name + " has no signature that is valid now"
	}
	if reason := weakness(c.pub); reason != "" {
		return name + ": " + reason
	}
	return ""
}

// newerThan prefers subkeys to the primary key and younger signatures to older ones.
func (c candidate) newerThan(other *candidate) bool {
	return !c.primary && c.sig.CreationTime.After(other.sig.CreationTime)
}

// weakness names what is too weak about the key's algorithm; empty if nothing.
func weakness(pub *packet.PublicKey) string {
	switch pub.PubKeyAlgo {
	case packet.PubKeyAlgoRSA, packet.PubKeyAlgoRSAEncryptOnly, packet.PubKeyAlgoRSASignOnly:
		if bits, err := pub.BitLength(); err != nil || bits < minRSABits {
			return fmt.Sprintf("RSA of %d bits is too short", bits)
		}
	case packet.PubKeyAlgoElGamal:
		return "ElGamal is obsolete (RFC 9580, section 12.1)"
	}
	return ""
}

// revocationNote repeats the reason that the owner gave for a revocation.
func revocationNote(revocations []*packet.Signature) string {
	for _, r := range revocations {
		if r.RevocationReason == nil {
			continue
		}
		switch *r.RevocationReason {
		case packet.KeyCompromised:
			return " because it was compromised"
		case packet.KeySuperseded:
			return " because another key took its place"
		case packet.KeyRetired:
			return " because it was retired"
		}
	}
	return ""
}
