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
	tagSignature    = 2
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
	readable, skipped, err := survey(raw)
	if err != nil {
		return nil, err
	}
	entity, err := openpgp.ReadEntity(packet.NewReader(bytes.NewReader(readable)))
	if err != nil {
		return nil, notAKey("%w", err)
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

// survey looks at the packets one by one: it refuses private ones and more than one
// primary key, and leaves out the subkeys of unknown algorithms with their signatures,
// which would make go-crypto refuse the whole key. It names what it left out.
func survey(raw []byte) (readable []byte, skipped []string, err error) {
	var kept bytes.Buffer
	primaries, leavingOut := 0, false
	for packets := packet.NewOpaqueReader(bytes.NewReader(raw)); ; {
		p, err := packets.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, nil, notAKey("it is damaged or cut short")
		}
		leavingOut = leavingOut && p.Tag == tagSignature
		switch p.Tag {
		case tagSecretKey, tagSecretSubkey:
			return nil, nil, isPrivate()
		case tagPublicKey:
			primaries++
			if isUnknown(p) {
				return nil, nil, unknownAlgorithm(p)
			}
		case tagPublicSubkey:
			if isUnknown(p) {
				skipped, leavingOut = append(skipped, packetAlgorithm(p.Contents)), true
			}
		}
		if !leavingOut {
			if err := p.Serialize(&kept); err != nil {
				return nil, nil, fmt.Errorf("copy key packet: %w", err)
			}
		}
	}
	switch {
	case primaries == 0:
		return nil, nil, notAKey("it holds no public key")
	case primaries > 1:
		return nil, nil, severalKeys(primaries)
	}
	return kept.Bytes(), skipped, nil
}

func isUnknown(p *packet.OpaquePacket) bool {
	var unsupported pgperrors.UnsupportedError
	_, err := p.Parse()
	return errors.As(err, &unsupported)
}

// packetAlgorithm names the algorithm of a key packet: version, four bytes of time, then
// the algorithm's number (RFC 9580, section 5.5.2).
func packetAlgorithm(contents []byte) string {
	const position = 5
	if len(contents) <= position {
		return "an unnamed algorithm"
	}
	return fmt.Sprintf("algorithm %d", contents[position])
}

func unknownAlgorithm(p *packet.OpaquePacket) error {
	return fault.New(fault.KeyUnfit, "the key uses %s, which this program does not know", packetAlgorithm(p.Contents)).
		WithFix("use a key of RSA (2048 bits or more), Curve25519, or a NIST curve")
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
