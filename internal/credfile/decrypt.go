package credfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"transporter/internal/fault"
	"transporter/internal/pgp"
)

// MaxBytes bounds the encrypted file and its text: a record has some hundred.
const MaxBytes = 64 << 10

// Decrypt opens the file with a private key that is held for no longer than that, and returns its
// records. A private key or passphrase that is wrong, a file for another key, one that is cut short
// or damaged, and what is no OpenPGP message are told apart; each is fault.InvalidSpec with the
// field privateKey, passphrase or file.
func Decrypt(file []byte, key pgp.Private) ([]Record, error) {
	keys, err := pgp.NewDecryptor(key)
	if err != nil {
		return nil, keyFault(err)
	}
	if len(file) > MaxBytes {
		return nil, tooLarge()
	}
	head, err := pgp.ReadEnvelope(bytes.NewReader(file))
	if err != nil {
		return nil, unopened(file)
	}
	if _, err := pgp.Inspect(bytes.NewReader(file)); err != nil {
		return nil, cutShort()
	}
	clear, err := keys.Decrypt(bytes.NewReader(file))
	switch {
	case fault.Is(err, fault.InvalidSpec):
		return nil, fault.New(fault.InvalidSpec, "the file is encrypted to %s, not to this key", recipients(head)).WithField("privateKey").
			WithFix("give the private half of the public key that the platform was sent")
	case err != nil:
		return nil, cutShort()
	}
	text, err := io.ReadAll(io.LimitReader(clear, MaxBytes+1))
	switch {
	case err != nil:
		return nil, cutShort()
	case len(text) > MaxBytes:
		return nil, tooLarge()
	}
	return Parse(string(text))
}

// keyFault names the field of the key that cannot be used.
func keyFault(err error) error {
	var known *fault.Error
	if errors.As(err, &known) && known.Field == "passphrase" {
		return known.WithFix("give the passphrase of this private key")
	}
	return fault.New(fault.InvalidSpec, "it is no OpenPGP private key").WithField("privateKey").
		WithFix("export it with: gpg --armor --export-secret-keys FINGERPRINT")
}

func recipients(e pgp.Envelope) string {
	names := make([]string, len(e.Recipients))
	for i, id := range e.Recipients {
		names[i] = fmt.Sprintf("%016X", id)
	}
	return "the key " + strings.Join(names, ", ")
}

// unopened is the fault of a file whose head cannot be read: a record is so short that most of it is head.
func unopened(file []byte) error {
	if len(file) > 0 && (file[0] == sessionKeyOld || file[0] == sessionKeyNew || bytes.HasPrefix(file, []byte("-----BEGIN PGP MESSAGE-----"))) {
		return cutShort()
	}
	return unread("it is no message that OpenPGP encrypted").WithFix("give the file as it was downloaded, a page of HTML in its place is an error of the link")
}

// First bytes of a packet with an encrypted session key, which a message begins with (RFC 9580, section 4.2): with the
// length of two bytes that GnuPG writes, and in the newer form.
const (
	sessionKeyOld = 0x85
	sessionKeyNew = 0xc1
)

func cutShort() error {
	return unread("the file is cut short or damaged").WithFix("download it again, whole and as binary")
}

func tooLarge() error {
	return unread("it is longer than %d bytes, which no credential file is", MaxBytes)
}
