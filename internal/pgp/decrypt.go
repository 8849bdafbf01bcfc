package pgp

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/ProtonMail/go-crypto/openpgp"
	pgperrors "github.com/ProtonMail/go-crypto/openpgp/errors"

	"transporter/internal/fault"
)

// Decrypt returns the clear bytes of a binary message, for the owner of the private
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

func decryptWith(src io.Reader, ring openpgp.EntityList) (io.Reader, error) {
	message, err := decryptMessage(src, ring)
	if err != nil {
		return nil, err
	}
	return &checkedReader{message.UnverifiedBody}, nil
}

func decryptMessage(src io.Reader, ring openpgp.EntityList) (*openpgp.MessageDetails, error) {
	message, err := openpgp.ReadMessage(src, ring, nil, nil)
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

// checkedReader classifies what goes wrong inside a message.
type checkedReader struct{ src io.Reader }

func (r *checkedReader) Read(p []byte) (int, error) {
	n, err := r.src.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = corrupt(err)
	}
	return n, err
}

func corrupt(err error) error {
	return fault.New(fault.Corrupt, "decrypt: %w", fmt.Errorf("message is damaged or cut short: %w", err))
}
