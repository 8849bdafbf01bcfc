// Package webhook delivers notifications to the endpoints of installed apps as the platform does:
// signed, tried again by number or for a time, with the states of an app that fails, and with
// faults that can be switched on (Connector API, "Webhooks").
package webhook

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"strings"

	"transporter/internal/sandbox/live"
)

// Headers of a delivery.
const (
	AccountHeader   = "x-liveperson-account-id"
	ClientHeader    = "x-liveperson-client-id"
	SignatureHeader = "x-liveperson-signature"
)

// Hashes and encodings of signatures. Accounts have SHA-1 in base64 unless told otherwise.
const (
	SHA1   = "sha1"
	SHA256 = "sha256"
	Base64 = "base64"
	Hex    = "hex"
)

var hashes = map[string]func() hash.Hash{SHA1: sha1.New, SHA256: sha256.New}

var encodings = map[string]func([]byte) string{Base64: base64.StdEncoding.EncodeToString, Hex: hex.EncodeToString}

// Sign returns the value of SignatureHeader: the hash's name, "=" and the encoded HMAC of the
// exact bytes of the body under the client's secret.
func Sign(secret string, body []byte, hash, encoding string) string {
	mac := hmac.New(hashes[hash], []byte(secret))
	mac.Write(body)
	return hash + "=" + encodings[encoding](mac.Sum(nil))
}

// messaging is the type that bodies name for the four types of messaging events.
const messaging = "ms.MessagingEventNotification"

// Body is what an endpoint is sent of changes of one type, byte for byte.
func Body(kind string, changes ...[]byte) []byte {
	if strings.HasPrefix(kind, messaging) && kind != live.TypeConversation {
		kind = messaging
	}
	b := []byte(`{"kind":"notification","body":{"changes":[`)
	for i, c := range changes {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, c...)
	}
	b = append(b, `]},"type":"`...)
	b = append(b, kind...)
	return append(b, `"}`...)
}
