package pgp

import (
	"encoding/hex"
	"io"
	"strings"

	"github.com/ProtonMail/go-crypto/openpgp"
)

// Private is a private key, armored or binary, with the passphrase that opens it.
type Private struct{ Key, Passphrase string }

// Decryptor opens messages with the keys that it holds. It is safe for concurrent use.
type Decryptor struct{ ring openpgp.EntityList }

// NewDecryptor unlocks the keys. One that is no private key, or whose passphrase is another, is
// fault.InvalidSpec with the field key or passphrase; no error repeats any of it.
func NewDecryptor(keys ...Private) (*Decryptor, error) {
	d := &Decryptor{}
	for _, k := range keys {
		ring, err := privateRing(k.Key, k.Passphrase)
		if err != nil {
			return nil, err
		}
		d.ring = append(d.ring, ring...)
	}
	return d, nil
}

// Decrypt returns the clear bytes of a message as the function Decrypt does.
func (d *Decryptor) Decrypt(src io.Reader) (io.Reader, error) { return decryptWith(src, d.ring) }

// Fingerprints returns those of the keys, in upper-case hexadecimal.
func (d *Decryptor) Fingerprints() []string {
	all := make([]string, len(d.ring))
	for i, entity := range d.ring {
		all[i] = strings.ToUpper(hex.EncodeToString(entity.PrimaryKey.Fingerprint))
	}
	return all
}
