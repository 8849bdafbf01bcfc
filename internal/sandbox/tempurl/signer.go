// Package tempurl signs addresses of files for a short time, as OpenStack Swift does
// ("TempURL middleware"): HMAC-SHA1 over the method, the end and the path.
package tempurl

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"strconv"
	"time"
)

// Life is how long an address is good (Connector API, "File sharing").
const Life = time.Minute

// Signer signs and checks.
type Signer struct {
	Key []byte
	Now func() time.Time
}

// Sign returns the parameters temp_url_sig and temp_url_expires of a path for one method.
func (s *Signer) Sign(method, path string) (signature, expires string) {
	expires = strconv.FormatInt(s.Now().Add(Life).Unix(), 10)
	return s.signature(method, path, expires), expires
}

// Good reports whether the parameters were signed for the method and path, and have not expired.
func (s *Signer) Good(method, path, signature, expires string) bool {
	until, err := strconv.ParseInt(expires, 10, 64)
	return err == nil && s.Now().Before(time.Unix(until, 0)) &&
		hmac.Equal([]byte(s.signature(method, path, expires)), []byte(signature))
}

func (s *Signer) signature(method, path, expires string) string {
	mac := hmac.New(sha1.New, s.Key)
	_, _ = fmt.Fprintf(mac, "%s\n%s\n%s", method, expires, path) // never fails
	return hex.EncodeToString(mac.Sum(nil))
}
