package pgp

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	pgperrors "github.com/ProtonMail/go-crypto/openpgp/errors"
	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"transporter/internal/fault"
)

// maxKeyBytes is the most text accepted as one key. A key with hundreds of
// certifications stays far below it.
const maxKeyBytes = 1 << 20

const armorBegin = "-----BEGIN PGP "

// Packet tags that tell what a blob is (RFC 9580, section 5).
const (
	tagSecretKey    = 5
	tagPublicKey    = 6
	tagSecretSubkey = 7
	tagPublicSubkey = 14
)

const exportFix = "export it with: gpg --armor --export FINGERPRINT"

// ParseKey reads one public key, armored or binary. What is no key is
// fault.InvalidSpec, and so are a private key and a blob of several keys; a key of an
// algorithm that nothing here can read is fault.KeyUnfit. Whether the key may be used
// is Fitness's question. Errors never repeat any of the input.
func ParseKey(text string) (*Key, error) {
	if len(text) > maxKeyBytes {
		return nil, notAKey("it is longer than %d bytes", maxKeyBytes)
	}
	raw, err := dearmor(text)
	if err != nil {
		return nil, err
	}
	skipped, err := survey(raw)
	if err != nil {
		return nil, err
	}
	entity, err := openpgp.ReadEntity(packet.NewReader(bytes.NewReader(raw)))
	if err != nil {
		return nil, unreadable(err)
	}
	return &Key{entity: entity, skipped: skipped}, nil
}

// dearmor returns the packets of the text, which may be binary already.
func dearmor(text string) ([]byte, error) {
	switch n := strings.Count(text, armorBegin); {
	case strings.Contains(text, armorBegin+"PRIVATE"):
		return nil, isPrivate()
	case n > 1:
		return nil, severalKeys(n)
	case n == 0 && (text == "" || text[0]&0x80 == 0):
		return nil, notAKey("it has no line that begins with %q", armorBegin+"PUBLIC KEY BLOCK-----")
	case n == 0:
		return []byte(text), nil
	}
	block, err := armor.Decode(strings.NewReader(text))
	if err != nil {
		return nil, notAKey("its armor is damaged")
	}
	if block.Type != openpgp.PublicKeyType {
		return nil, notAKey("it is a %q", block.Type)
	}
	raw, err := io.ReadAll(block.Body)
	if err != nil {
		return nil, notAKey("its armor is damaged or cut short")
	}
	return raw, nil
}

// survey looks at the packets without interpreting them: refuses private ones and more
// than one primary key, and names the subkey algorithms that go-crypto will skip.
func survey(raw []byte) (skipped []string, err error) {
	primaries := 0
	for packets := packet.NewOpaqueReader(bytes.NewReader(raw)); ; {
		p, err := packets.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, notAKey("it is damaged or cut short")
		}
		switch p.Tag {
		case tagSecretKey, tagSecretSubkey:
			return nil, isPrivate()
		case tagPublicKey:
			primaries++
		case tagPublicSubkey:
			var unsupported pgperrors.UnsupportedError
			if _, err := p.Parse(); errors.As(err, &unsupported) {
				skipped = append(skipped, packetAlgorithm(p.Contents))
			}
		}
	}
	switch {
	case primaries == 0:
		return nil, notAKey("it holds no public key")
	case primaries > 1:
		return nil, severalKeys(primaries)
	}
	return skipped, nil
}

// packetAlgorithm names the algorithm of a key packet: version, four bytes of time, then
// the algorithm's number (RFC 9580, section 5.5.2).
func packetAlgorithm(contents []byte) string {
	const position = 5
	if len(contents) <= position {
		return "unknown algorithm"
	}
	return fmt.Sprintf("algorithm %d", contents[position])
}

func unreadable(err error) error {
	var unsupported pgperrors.UnsupportedError
	if errors.As(err, &unsupported) {
		return fault.New(fault.KeyUnfit, "key uses an algorithm that this program does not know: %w", err).
			WithFix("use a key of RSA (2048 bits or more), Curve25519, or a NIST curve")
	}
	return notAKey("%w", err)
}

func notAKey(format string, args ...any) error {
	return fault.New(fault.InvalidSpec, "not an OpenPGP public key: "+format, args...).
		WithField("armored").WithFix("%s", exportFix)
}

func isPrivate() error {
	return fault.New(fault.InvalidSpec, "this is a private key; it was not stored").
		WithField("armored").WithFix("keep it to yourself, and give the public key: %s", exportFix)
}

func severalKeys(n int) error {
	return fault.New(fault.InvalidSpec, "the text holds %d keys", n).
		WithField("armored").WithFix("add each key by itself; %s", exportFix)
}
