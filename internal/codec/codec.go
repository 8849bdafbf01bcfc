// Package codec keeps what Temporal stores unreadable to it: a payload codec that
// compresses and then encrypts with AES-256-GCM, and the HTTP handler that the Temporal
// UI asks to decode.
//
// Workflow and activity payloads, memos, summaries, heartbeats, queries, signals, updates
// and, with the failure converter of package temporalx, failures pass through it. IDs,
// type and queue names and search attributes do not.
package codec

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"fmt"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
	"google.golang.org/protobuf/proto"

	"transporter/internal/fault"
)

const (
	// Encoding marks a payload of this codec; payloads of any other encoding pass through.
	Encoding = "binary/transporter-zstd-aes256gcm"
	// keyIDMetadata is where a payload names its key, in clear.
	keyIDMetadata = "key-id"
	// aadPrefix is the first part of the authenticated data; a change of format changes it.
	aadPrefix = "transporter payload v1\x00"
)

// Keys is the ring of the codec; it is a *seal.Ring.
type Keys interface {
	// Active returns the id of the key that encrypts.
	Active() string
	// Key returns the 32-byte key of an id.
	Key(id string) ([]byte, bool)
}

// Codec encrypts the payloads of one namespace. A payload moved to another namespace does
// not decode: the namespace is authenticated. It is not bound to the workflow, since a
// schedule's arguments are encoded under another ID than they are decoded under. Nonces
// are random, so a key must be replaced before 2^32 payloads (NIST SP 800-38D, 8.3).
type Codec struct {
	keys      Keys
	namespace string
}

var _ converter.PayloadCodec = (*Codec)(nil)

// New returns the codec of a namespace.
func New(keys Keys, namespace string) *Codec { return &Codec{keys: keys, namespace: namespace} }

// Encode compresses and encrypts every payload with the active key.
func (c *Codec) Encode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	id := c.keys.Active()
	aead, err := c.aead(id)
	if err != nil {
		return nil, err
	}
	out := make([]*commonpb.Payload, len(payloads))
	for i, p := range payloads {
		clear, err := proto.Marshal(p)
		if err != nil {
			return nil, fmt.Errorf("encode payload: %w", err)
		}
		nonce := make([]byte, aead.NonceSize(), aead.NonceSize()+len(clear)+aead.Overhead()+1)
		rand.Read(nonce) // never fails, see crypto/rand
		out[i] = &commonpb.Payload{
			Metadata: map[string][]byte{converter.MetadataEncoding: []byte(Encoding), keyIDMetadata: []byte(id)},
			Data:     aead.Seal(nonce, nonce, compress(clear), c.aad(id)),
		}
	}
	return out, nil
}

// Decode decrypts the payloads that Encode made, with any key of the ring, and leaves all
// others as they are. An unknown key is fault.ConfigMissing, a payload that was changed or
// belongs to another namespace fault.Corrupt.
func (c *Codec) Decode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	out := make([]*commonpb.Payload, len(payloads))
	for i, p := range payloads {
		if string(p.GetMetadata()[converter.MetadataEncoding]) != Encoding {
			out[i] = p
			continue
		}
		clear, err := c.open(p)
		if err != nil {
			return nil, err
		}
		out[i] = clear
	}
	return out, nil
}

func (c *Codec) open(p *commonpb.Payload) (*commonpb.Payload, error) {
	id := string(p.Metadata[keyIDMetadata])
	aead, err := c.aead(id)
	if err != nil {
		return nil, err
	}
	if len(p.Data) < aead.NonceSize() {
		return nil, damaged("is too short")
	}
	nonce, sealed := p.Data[:aead.NonceSize()], p.Data[aead.NonceSize():]
	packed, err := aead.Open(nil, nonce, sealed, c.aad(id))
	if err != nil {
		return nil, damaged("does not decrypt: it was changed, or belongs to another namespace than " + c.namespace)
	}
	clear, err := expand(packed)
	if err != nil {
		return nil, damaged("does not expand")
	}
	var out commonpb.Payload
	if err := proto.Unmarshal(clear, &out); err != nil {
		return nil, damaged("is no payload inside")
	}
	return &out, nil
}

func (c *Codec) aead(id string) (cipher.AEAD, error) {
	key, ok := c.keys.Key(id)
	if !ok {
		return nil, fault.New(fault.ConfigMissing, "payload key %.40q is not in the codec's ring", id).
			WithFix("add the retired key to the ring's file; payloads written under it live as long as their workflows")
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("use payload key %q: %w", id, err)
	}
	return cipher.NewGCM(block)
}

func (c *Codec) aad(id string) []byte { return []byte(aadPrefix + c.namespace + "\x00" + id) }

func damaged(why string) error { return fault.New(fault.Corrupt, "encrypted payload %s", why) }
