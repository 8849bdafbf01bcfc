// Package webhook reads what a platform posts to us about conversations: whether a delivery is
// the platform's (Connector API, "Webhooks: Notification protocol"), and which events of which
// conversations it tells. It is pure, and safe for what anybody may post.
package webhook

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"strings"
)

// Headers of a delivery.
const (
	HeaderAccount   = "X-Liveperson-Account-Id"
	HeaderClient    = "X-Liveperson-Client-Id"
	HeaderSignature = "X-Liveperson-Signature"
)

// algorithms are those that an account may be set to; sha1 is the default.
var algorithms = map[string]func() hash.Hash{"sha1": sha1.New, "sha256": sha256.New}

// Verify reports whether the signature is the secret's over exactly these bytes: sha1= or sha256=
// and the HMAC in base64 or lower-case hex (Connector API, "Validate the notification"). The
// time that it takes does not depend on how much of a wrong one is right. Without a secret
// nothing is signed.
func Verify(secret []byte, signature string, body []byte) bool {
	name, given, _ := strings.Cut(signature, "=")
	algorithm := algorithms[name]
	if algorithm == nil || len(secret) == 0 {
		return false
	}
	h := hmac.New(algorithm, secret)
	_, _ = h.Write(body) // a hash never fails
	sum := h.Sum(nil)
	return equal(given, base64.StdEncoding.EncodeToString(sum)) || equal(given, hex.EncodeToString(sum))
}

// equal compares texts rather than bytes, so that each sum has one writing in each encoding.
func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
