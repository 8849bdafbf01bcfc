// Package signature is how the transporter signs what it sends over HTTP, so that a receiver
// who shares the secret knows who sent it and when.
package signature

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"time"
)

// Header carries "t={unix seconds},v1={hex}": the HMAC-SHA256 (RFC 2104) of "{t}.{content}"
// under the shared secret. A receiver compares it in constant time and refuses an old t.
const Header = "X-Transporter-Signature"

// Sign returns the value of Header.
func Sign(secret []byte, at time.Time, content []byte) string {
	t := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(t + "."))
	mac.Write(content)
	return "t=" + t + ",v1=" + hex.EncodeToString(mac.Sum(nil))
}

// Request returns the content of a signature that covers a request whose body is too long to
// be held: method, target as it is sent (RFC 9112 section 3.2.1) and Content-Digest (RFC 9530),
// each ended by a line feed.
func Request(method, target, contentDigest string) []byte {
	return []byte(method + "\n" + target + "\n" + contentDigest + "\n")
}
