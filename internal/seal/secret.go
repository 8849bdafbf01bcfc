// Package seal keeps secrets: values closed to a public key (HPKE, RFC 9180), stored
// objects sealed with a keyring (chunked AES-256-GCM), and types that print as "***".
//
//	sealed, err := seal.Close(public, "acme", clear)     // api: can write, not read
//	clear, err := seal.Open(private, "acme", sealed)     // worker
//
//	w, err := seal.NewBox(ring).Seal(file)               // streams of any length
//	r, err := seal.NewBox(ring).Unseal(file)
package seal

import (
	"fmt"
	"io"
	"log/slog"
)

// redacted is what every secret type prints.
const redacted = "***"

// Secret is a credential in memory. Whatever prints or encodes it (fmt, encoding/json,
// log/slog) gets "***"; Reveal is the only way out. Hold it in exported fields or in
// variables: fmt does not call methods of unexported struct fields.
type Secret string

// Reveal returns the secret itself.
func (s Secret) Reveal() string { return string(s) }

// String returns "***".
func (Secret) String() string { return redacted }

// GoString returns "***".
func (Secret) GoString() string { return redacted }

// Format writes "***" for every verb.
func (Secret) Format(f fmt.State, _ rune) { redact(f) }

// MarshalJSON returns "***" as a JSON string.
func (Secret) MarshalJSON() ([]byte, error) { return redactedJSON(), nil }

// MarshalText returns "***".
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// LogValue returns "***".
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

func redact(f fmt.State) { _, _ = io.WriteString(f, redacted) }

func redactedJSON() []byte { return []byte(`"` + redacted + `"`) }
