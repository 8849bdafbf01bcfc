// Package signed signs JSON documents that are checked far away, by people who have the
// public key and nothing else: certificates of coverage and manifests. A signature is
// Ed25519 (RFC 8032) over the document as canonical JSON, so that it may be indented and
// stored as anybody likes.
package signed

import (
	"crypto/ed25519"
	"encoding/json"

	"transporter/internal/fault"
)

// Sign returns v as canonical JSON and its signature. The same document and key always
// give the same bytes.
func Sign(v any, key ed25519.PrivateKey) (document json.RawMessage, signature []byte, err error) {
	if document, err = canonicalOf(v); err != nil {
		return nil, nil, err
	}
	return document, ed25519.Sign(key, document), nil
}

// Verify reads the document into v if the key signed it, however it is indented now. Any
// other document is fault.Corrupt; name says in errors what it is.
func Verify(name string, document json.RawMessage, signature []byte, key ed25519.PublicKey, v any) error {
	text, err := Canonical(document)
	if err != nil {
		return fault.New(fault.Corrupt, "%s is no JSON of one: %w", name, err)
	}
	if !ed25519.Verify(key, text, signature) {
		return fault.New(fault.Corrupt, "the signature is not of this key over this %s", name).
			WithFix("read the key from the API that issued it; if it still fails the %s was changed", name)
	}
	if err := json.Unmarshal(text, v); err != nil {
		return fault.New(fault.Corrupt, "%s: %w", name, err)
	}
	return nil
}
