package pgp

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	pgperrors "github.com/ProtonMail/go-crypto/openpgp/errors"
	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"transporter/internal/fault"
)

// Decrypt returns the clear bytes of a message, binary or armored, for the owner of the private
// key (command line, demo, tests). The bytes may be trusted only when the reader has
// come to io.EOF: damage shows as fault.Corrupt before it. A wrong passphrase or a key
// that the message is not for is fault.InvalidSpec.
func Decrypt(src io.Reader, privArmored, passphrase string) (io.Reader, error) {
	ring, err := privateRing(privArmored, passphrase)
	if err != nil {
		return nil, err
	}
	return decryptWith(src, ring)
}

// DecryptSigned is Decrypt of a message that must be signed with the key: one without a
// signature, or with another's, is fault.Corrupt where the reader comes to its end.
func DecryptSigned(src io.Reader, privArmored, passphrase string, by *Key, now time.Time) (io.Reader, error) {
	ring, err := privateRing(privArmored, passphrase)
	if err != nil {
		return nil, err
	}
	message, err := decryptMessage(src, append(ring, by.entity), now)
	if err != nil {
		return nil, err
	}
	return &checkedReader{message.UnverifiedBody, message, by}, nil
}

func decryptWith(src io.Reader, ring openpgp.EntityList) (io.Reader, error) {
	message, err := decryptMessage(src, ring, time.Time{})
	if err != nil {
		return nil, err
	}
	return &checkedReader{src: message.UnverifiedBody}, nil
}

// decryptMessage reads as far as the content. Signatures are checked as of now, zero: by the
// machine's clock.
func decryptMessage(src io.Reader, ring openpgp.EntityList, now time.Time) (*openpgp.MessageDetails, error) {
	packets, err := unwrapped(src)
	if err != nil {
		return nil, err
	}
	var config *packet.Config
	if !now.IsZero() {
		config = &packet.Config{Time: func() time.Time { return now }}
	}
	message, err := openpgp.ReadMessage(packets, ring, nil, config)
	switch {
	case errors.Is(err, pgperrors.ErrKeyIncorrect):
		return nil, fault.New(fault.InvalidSpec, "the message is not encrypted to this key").WithField("key")
	case err != nil:
		return nil, corrupt(err)
	case !message.IsEncrypted:
		return nil, fault.New(fault.Corrupt, "the message is not encrypted")
	}
	return message, nil
}

// privateRing reads and unlocks a private key, armored or binary.
func privateRing(text, passphrase string) (openpgp.EntityList, error) {
	var ring openpgp.EntityList
	var err error
	if strings.Contains(text, armorBegin) {
		ring, err = openpgp.ReadArmoredKeyRing(strings.NewReader(text))
	} else {
		ring, err = openpgp.ReadKeyRing(bytes.NewReader([]byte(text)))
	}
	if err != nil || len(ring) == 0 {
		return nil, fault.New(fault.InvalidSpec, "not an OpenPGP private key").WithField("key")
	}
	for _, entity := range ring {
		if entity.PrivateKey == nil {
			return nil, fault.New(fault.InvalidSpec, "this is a public key, not the private one").WithField("key")
		}
		if err := entity.DecryptPrivateKeys([]byte(passphrase)); err != nil {
			return nil, fault.New(fault.InvalidSpec, "the private key does not open with this passphrase").WithField("passphrase")
		}
	}
	return ring, nil
}

// checkedReader classifies what goes wrong inside a message, and at its end looks at the
// signature where one is wanted.
type checkedReader struct {
	src     io.Reader
	message *openpgp.MessageDetails
	by      *Key // nil: whoever signed it, or nobody
}

func (r *checkedReader) Read(p []byte) (int, error) {
	n, err := r.src.Read(p)
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		err = corrupt(err)
	case err != nil && r.by != nil:
		err = cmp.Or(r.checkSignature(), err)
	}
	return n, err
}

// checkSignature returns nil if the key has signed what was read.
func (r *checkedReader) checkSignature() error {
	m := r.message
	switch {
	case !m.IsSigned:
		return fault.New(fault.Corrupt, "the message is not signed")
	case m.SignedBy == nil || m.SignedBy.Entity != r.by.entity:
		return fault.New(fault.Corrupt, "the message is signed by another key, %016X", m.SignedByKeyId)
	case m.SignatureError != nil:
		return fault.New(fault.Corrupt, "the signature of the message is wrong: %w", m.SignatureError)
	}
	return nil
}

func corrupt(err error) error {
	return fault.New(fault.Corrupt, "decrypt: %w", fmt.Errorf("message is damaged or cut short: %w", err))
}
