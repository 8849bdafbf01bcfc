// Package pgp encrypts files to the OpenPGP keys of their receivers.
//
// A receiver's key comes from GenerateKey or from ParseKey (bring your own); Fitness
// says whether it may be used now, Encrypt turns a stream into a message that GnuPG 2.2,
// Sequoia and go-crypto read: public-key encrypted session keys, then one
// integrity-protected packet (SEIPD version 1, AES-256, modification detection code; or
// version 2 where every key asks for it) around a compressed literal, signed or not. Check
// finds the receivers of a message and whether it is whole, without a private key. Private
// keys of receivers are only ever seen by GenerateKey and Decrypt; no error repeats key
// material.
package pgp

import (
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// Key is one receiver's public key with its subkeys.
type Key struct {
	entity  *openpgp.Entity
	skipped []string // names of subkey algorithms that nothing here can read
}

// Fingerprint returns the primary key's fingerprint in upper-case hexadecimal.
func (k *Key) Fingerprint() string {
	return strings.ToUpper(hex.EncodeToString(k.entity.PrimaryKey.Fingerprint))
}

// UserID returns the key's main user id ("Name <address>"), empty if it has none.
func (k *Key) UserID() string {
	if id := k.entity.PrimaryIdentity(); id != nil {
		return id.Name
	}
	return ""
}

// Algorithm names the primary key's and the subkeys' algorithms, for example
// "RSA 3072" or "Ed25519 + Curve25519".
func (k *Key) Algorithm() string {
	names := []string{algorithmName(k.entity.PrimaryKey)}
	for _, sub := range k.entity.Subkeys {
		if name := algorithmName(sub.PublicKey); name != names[len(names)-1] {
			names = append(names, name)
		}
	}
	return strings.Join(names, " + ")
}

// Expires returns when the key stops being usable for encryption: the earlier of the
// expiry of the primary key and of the last of its encryption subkeys; zero if never.
func (k *Key) Expires() time.Time {
	self, _ := k.entity.PrimarySelfSignature()
	primary := expiry(k.entity.PrimaryKey, self)
	last, found := time.Time{}, false
	for _, c := range k.candidates() {
		if c.pub == k.entity.PrimaryKey || !c.mayEncrypt() {
			continue
		}
		end := expiry(c.pub, c.sig)
		if !found || !last.IsZero() && (end.IsZero() || end.After(last)) {
			last = end
		}
		found = true
	}
	if !found || last.IsZero() || !primary.IsZero() && primary.Before(last) {
		return primary
	}
	return last
}

// expiry returns the end of the key's validity by its self-signature, zero if none.
func expiry(pub *packet.PublicKey, sig *packet.Signature) time.Time {
	if sig == nil || sig.KeyLifetimeSecs == nil || *sig.KeyLifetimeSecs == 0 {
		return time.Time{}
	}
	return pub.CreationTime.Add(time.Duration(*sig.KeyLifetimeSecs) * time.Second).UTC()
}

// algorithmName says what a person calls the key's algorithm.
func algorithmName(pub *packet.PublicKey) string {
	bits, _ := pub.BitLength()
	switch pub.PubKeyAlgo {
	case packet.PubKeyAlgoRSA, packet.PubKeyAlgoRSAEncryptOnly, packet.PubKeyAlgoRSASignOnly:
		return fmt.Sprintf("RSA %d", bits)
	case packet.PubKeyAlgoDSA:
		return fmt.Sprintf("DSA %d", bits)
	case packet.PubKeyAlgoECDSA, packet.PubKeyAlgoECDH, packet.PubKeyAlgoEdDSA:
		return curveName(pub)
	case packet.PubKeyAlgoEd25519:
		return "Ed25519"
	case packet.PubKeyAlgoX25519:
		return "X25519"
	case packet.PubKeyAlgoEd448:
		return "Ed448"
	case packet.PubKeyAlgoX448:
		return "X448"
	case packet.PubKeyAlgoElGamal:
		return fmt.Sprintf("ElGamal %d", bits)
	}
	return fmt.Sprintf("algorithm %d", pub.PubKeyAlgo)
}

func curveName(pub *packet.PublicKey) string {
	curve, err := pub.Curve()
	if err != nil {
		return fmt.Sprintf("algorithm %d", pub.PubKeyAlgo)
	}
	if pub.PubKeyAlgo == packet.PubKeyAlgoEdDSA && curve == packet.Curve25519 {
		return "Ed25519"
	}
	if bits, ok := strings.CutPrefix(string(curve), "P"); ok {
		return "NIST P-" + bits
	}
	return string(curve)
}
