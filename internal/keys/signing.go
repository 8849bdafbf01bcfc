package keys

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"

	"transporter/internal/fault"
)

const (
	privatePEM = "PRIVATE KEY" // PKCS #8, RFC 5958
	publicPEM  = "PUBLIC KEY"  // SubjectPublicKeyInfo, RFC 5280
)

// text is a key as its file holds it.
type text []byte

// MarshalText returns the text.
func (t text) MarshalText() ([]byte, error) { return t, nil }

// createSigning makes the pair that signs certificates of coverage.
func createSigning(dir string) error {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return fmt.Errorf("create %s: %w", SigningKey, err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return fmt.Errorf("create %s: %w", SigningKey, err)
	}
	if err := add(dir, SigningKey, text(pem.EncodeToMemory(&pem.Block{Type: privatePEM, Bytes: der}))); err != nil {
		return err
	}
	// As with the seal: the pair in force may be another process's.
	if key, err = Signing(dir); err != nil {
		return err
	}
	public, err := PublicPEM(key.Public().(ed25519.PublicKey))
	if err != nil {
		return err
	}
	return add(dir, SigningPublic, text(public))
}

// Signing loads the key that signs certificates.
func Signing(dir string) (ed25519.PrivateKey, error) {
	file, err := read(dir, SigningKey)
	if err != nil {
		return nil, err
	}
	if block, _ := pem.Decode(file); block != nil && block.Type == privatePEM {
		if parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes); err == nil {
			if key, ok := parsed.(ed25519.PrivateKey); ok {
				return key, nil
			}
		}
	}
	return nil, fault.New(fault.ConfigMissing, "%s is no Ed25519 key as PEM", SigningKey)
}

// SigningPub loads the key that certificates are verified with.
func SigningPub(dir string) (ed25519.PublicKey, error) {
	file, err := read(dir, SigningPublic)
	if err != nil {
		return nil, err
	}
	return ParseSigningPub(file)
}

// ParseSigningPub reads what PublicPEM writes.
func ParseSigningPub(file []byte) (ed25519.PublicKey, error) {
	if block, _ := pem.Decode(file); block != nil && block.Type == publicPEM {
		if parsed, err := x509.ParsePKIXPublicKey(block.Bytes); err == nil {
			if key, ok := parsed.(ed25519.PublicKey); ok {
				return key, nil
			}
		}
	}
	return nil, fault.New(fault.ConfigMissing, "it is no Ed25519 public key as PEM").WithFix("GET /v1/signing-key answers with it")
}

// PublicPEM writes the key as PEM, as openssl reads it.
func PublicPEM(key ed25519.PublicKey) ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return nil, fmt.Errorf("write signing key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: publicPEM, Bytes: der}), nil
}
