package pgp

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	"github.com/ProtonMail/go-crypto/openpgp/s2k"

	"transporter/internal/fault"
)

// minPassphrase is the shortest passphrase accepted, in characters (product.md T10).
const minPassphrase = 10

// s2kCount is how many bytes the passphrase is stretched over, the most that the
// format can say (RFC 9580, section 3.7.1.3); GnuPG calibrates to about as much.
const s2kCount = 65011712

// DefaultAlgorithm is used where Options names none; every OpenPGP program reads it.
const DefaultAlgorithm = "rsa3072"

// Options says what key to make.
type Options struct {
	Name       string    // of the owner
	Email      string    // of the owner; may be empty
	Passphrase string    // at least 10 characters; locks the private key
	Algorithm  string    // rsa2048, rsa3072, rsa4096 or ed25519; empty: DefaultAlgorithm
	Now        time.Time // becomes the creation time
	Expires    time.Time // zero: never
}

// KeyPair is a new key, both halves armored. The private half is locked with the
// passphrase; keep neither of the two secrets where the public one is kept.
type KeyPair struct {
	Public      string
	Private     string
	Fingerprint string
}

// GenerateKey makes a key that GnuPG 2.2 reads: RSA, or Ed25519 with a Curve25519
// subkey under the legacy algorithm ids 22 and 18 (GnuPG refuses those of RFC 9580).
// Bad options are fault.InvalidSpec naming the field.
func GenerateKey(o Options) (*KeyPair, error) {
	config, err := o.config()
	if err != nil {
		return nil, err
	}
	entity, err := openpgp.NewEntity(o.Name, "", o.Email, config)
	if err != nil {
		return nil, fmt.Errorf("generate %s key: %w", o.Algorithm, err)
	}
	if err := preferCompression(entity, config); err != nil {
		return nil, err
	}
	if err := entity.EncryptPrivateKeys([]byte(o.Passphrase), config); err != nil {
		return nil, fmt.Errorf("lock private key: %w", err)
	}
	public, err := armored(openpgp.PublicKeyType, entity.Serialize)
	if err != nil {
		return nil, err
	}
	private, err := armored(openpgp.PrivateKeyType, func(w io.Writer) error {
		return entity.SerializePrivateWithoutSigning(w, config)
	})
	if err != nil {
		return nil, err
	}
	return &KeyPair{Public: public, Private: private, Fingerprint: (&Key{entity: entity}).Fingerprint()}, nil
}

// preferCompression signs the user ids again with compression before none: go-crypto
// puts none first, and then GnuPG would not compress what others encrypt to the key.
func preferCompression(entity *openpgp.Entity, config *packet.Config) error {
	for _, id := range entity.Identities {
		id.SelfSignature.PreferredCompression = []uint8{
			uint8(packet.CompressionZIP), uint8(packet.CompressionZLIB), uint8(packet.CompressionNone),
		}
		err := id.SelfSignature.SignUserId(id.UserId.Id, entity.PrimaryKey, entity.PrivateKey, config)
		if err != nil {
			return fmt.Errorf("sign user id: %w", err)
		}
	}
	return nil
}

// config checks the options and turns them into go-crypto's.
func (o Options) config() (*packet.Config, error) {
	now := o.Now.UTC()
	c := &packet.Config{
		Time:          func() time.Time { return now },
		DefaultCipher: packet.CipherAES256,
		S2KConfig:     &s2k.Config{S2KMode: s2k.IteratedSaltedS2K, S2KCount: s2kCount},
	}
	if utf8.RuneCountInString(o.Passphrase) < minPassphrase {
		return nil, badOption("passphrase", "is shorter than %d characters", minPassphrase)
	}
	if strings.TrimSpace(o.Name) == "" {
		return nil, badOption("name", "is empty")
	}
	for field, text := range map[string]string{"name": o.Name, "email": o.Email} {
		if !utf8.ValidString(text) || strings.ContainsAny(text, "()<>\x00\r\n") {
			return nil, badOption(field, "must not contain brackets or line breaks")
		}
	}
	if now.IsZero() {
		return nil, badOption("now", "is not set")
	}
	if err := o.lifetime(c); err != nil {
		return nil, err
	}
	return c, o.algorithm(c)
}

func (o Options) lifetime(c *packet.Config) error {
	if o.Expires.IsZero() {
		return nil
	}
	seconds := o.Expires.Unix() - o.Now.Unix()
	if seconds <= 0 || seconds > math.MaxUint32 {
		return badOption("expires", "must be after now and within 136 years")
	}
	c.KeyLifetimeSecs = uint32(seconds)
	return nil
}

func (o Options) algorithm(c *packet.Config) error {
	c.Algorithm = packet.PubKeyAlgoRSA
	switch o.Algorithm {
	case "", DefaultAlgorithm:
		c.RSABits = 3072
	case "rsa2048":
		c.RSABits = 2048
	case "rsa4096":
		c.RSABits = 4096
	case "ed25519":
		c.Algorithm, c.Curve = packet.PubKeyAlgoEdDSA, packet.Curve25519
	default:
		return badOption("algorithm", "%q is none of rsa2048, rsa3072, rsa4096, ed25519", o.Algorithm)
	}
	return nil
}

func badOption(field, format string, args ...any) error {
	return fault.New(fault.InvalidSpec, format, args...).WithField(field)
}

// armored writes a key block into text.
func armored(kind string, serialize func(io.Writer) error) (string, error) {
	var text bytes.Buffer
	w, err := armor.Encode(&text, kind, nil)
	if err != nil {
		return "", fmt.Errorf("armor key: %w", err)
	}
	if err := serialize(w); err != nil {
		return "", fmt.Errorf("serialize key: %w", err)
	}
	if err := w.Close(); err != nil {
		return "", fmt.Errorf("armor key: %w", err)
	}
	text.WriteByte('\n')
	return text.String(), nil
}
