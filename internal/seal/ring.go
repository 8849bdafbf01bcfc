package seal

import (
	"bytes"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"regexp"
	"slices"

	"transporter/internal/fault"
)

// ringKeyBytes is the length of a ring key: AES-256.
const ringKeyBytes = 32

// ringKeyID bounds ids: they stand in clear in every sealed object's header.
var ringKeyID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,32}$`)

// Ring is a set of symmetric keys: the active one seals, all of them open. To rotate,
// put a new key first and keep the old ones for as long as objects of theirs live.
type Ring struct {
	active string
	keys   map[string][]byte
}

// NewRing returns a ring of 32-byte keys by id. The active id must be among them.
func NewRing(active string, keys map[string][]byte) (*Ring, error) {
	for _, id := range slices.Sorted(maps.Keys(keys)) {
		if !ringKeyID.MatchString(id) {
			return nil, fault.New(fault.InvalidSpec, "key ring: id %q must be 1 to 32 of A-Z a-z 0-9 . _ -", id)
		}
		if len(keys[id]) != ringKeyBytes {
			return nil, fault.New(fault.InvalidSpec, "key ring: key %s has %d bytes, %d are needed",
				id, len(keys[id]), ringKeyBytes)
		}
	}
	if _, ok := keys[active]; !ok {
		return nil, fault.New(fault.InvalidSpec, "key ring: active key %q is not in the ring", active)
	}
	return &Ring{active: active, keys: maps.Clone(keys)}, nil
}

// GenerateRing returns a ring of one new random key.
func GenerateRing(id string) (*Ring, error) {
	key := make([]byte, ringKeyBytes)
	rand.Read(key) // never fails, see crypto/rand
	return NewRing(id, map[string][]byte{id: key})
}

// LoadRing reads a ring from its file: one "id base64" a line, the first is active; empty
// lines and lines that begin with # are ignored. Errors name the line, never its key.
func LoadRing(file string) (*Ring, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fault.New(fault.ConfigMissing, "read key ring: %w", err).
			WithFix("make one and give its path; each line is: id, a space, 32 random bytes in base64")
	}
	ring, err := parseRing(text)
	if err != nil {
		return nil, fmt.Errorf("read key ring %s: %w", file, err)
	}
	return ring, nil
}

func parseRing(text []byte) (*Ring, error) {
	active, keys, number := "", map[string][]byte{}, 0
	for line := range bytes.Lines(text) {
		number++
		fields := bytes.Fields(line)
		if len(fields) == 0 || fields[0][0] == '#' {
			continue
		}
		if len(fields) != 2 {
			return nil, fault.New(fault.InvalidSpec, "line %d: write an id, a space and a base64 key", number)
		}
		id := string(fields[0])
		key, err := base64.StdEncoding.DecodeString(string(fields[1]))
		if err != nil {
			return nil, fault.New(fault.InvalidSpec, "line %d: the key is not base64", number)
		}
		if _, twice := keys[id]; twice {
			return nil, fault.New(fault.InvalidSpec, "line %d: the id is there already", number)
		}
		if active == "" {
			active = id
		}
		keys[id] = key
	}
	return NewRing(active, keys)
}

// MarshalText returns the form that LoadRing reads, active key first: the secrets
// themselves, for writing them to their file.
func (r *Ring) MarshalText() ([]byte, error) {
	text := ringLine(r.active, r.keys[r.active])
	for _, id := range slices.Sorted(maps.Keys(r.keys)) {
		if id != r.active {
			text = append(text, ringLine(id, r.keys[id])...)
		}
	}
	return text, nil
}

func ringLine(id string, key []byte) []byte {
	return fmt.Appendf(nil, "%s %s\n", id, base64.StdEncoding.EncodeToString(key))
}

// Active returns the id of the key that seals.
func (r *Ring) Active() string { return r.active }

// String returns "***".
func (*Ring) String() string { return redacted }

// GoString returns "***".
func (*Ring) GoString() string { return redacted }

// Format writes "***" for every verb.
func (*Ring) Format(f fmt.State, _ rune) { redact(f) }

// MarshalJSON returns "***" as a JSON string.
func (*Ring) MarshalJSON() ([]byte, error) { return redactedJSON(), nil }

// LogValue returns "***".
func (*Ring) LogValue() slog.Value { return slog.StringValue(redacted) }

// Key returns a copy of the key of the id: for ciphers other than Box that share the
// ring's file format, such as the payload codec.
func (r *Ring) Key(id string) ([]byte, bool) {
	key, ok := r.keys[id]
	return bytes.Clone(key), ok
}

// Derive returns a 32-byte key for each key of the ring, the active one's first, that is of use
// for the purpose only and tells nothing of the ring (HKDF-SHA256, RFC 5869).
func (r *Ring) Derive(purpose string) [][]byte {
	others := slices.DeleteFunc(slices.Sorted(maps.Keys(r.keys)), func(id string) bool { return id == r.active })
	var derived [][]byte
	for _, id := range append([]string{r.active}, others...) {
		key, _ := hkdf.Key(sha256.New, r.keys[id], nil, purpose, ringKeyBytes) // fails only for lengths that are not asked for
		derived = append(derived, key)
	}
	return derived
}
