package oauth

import (
	"crypto/subtle"
	"net/http"
	"strconv"
	"time"
)

// Skew is how far a timestamp may be from the verifier's clock.
const Skew = 300 * time.Second

// Key is what the platform's console hands out: app key and secret, access token and
// its secret.
type Key struct{ Consumer, ConsumerSecret, Token, TokenSecret string }

// Problem is why a request is refused, in the words of the OAuth Problem Reporting
// extension.
type Problem string

// The problems a request can have.
const (
	None              Problem = ""
	ParameterAbsent   Problem = "parameter_absent"
	ParameterRejected Problem = "parameter_rejected"
	VersionRejected   Problem = "version_rejected"
	MethodRejected    Problem = "signature_method_rejected"
	ConsumerUnknown   Problem = "consumer_key_unknown"
	TokenRejected     Problem = "token_rejected"
	TimestampRefused  Problem = "timestamp_refused"
	SignatureInvalid  Problem = "signature_invalid"
	NonceUsed         Problem = "nonce_used"
)

// Verifier checks signatures and remembers nonces. It is safe for concurrent use.
type Verifier struct {
	now    func() time.Time
	nonces nonces
}

// NewVerifier returns a verifier on that clock, which should be the real one.
func NewVerifier(now func() time.Time) *Verifier {
	return &Verifier{now: now, nonces: nonces{most: mostNonces}}
}

// Verify checks the request's Authorization header against the keys and returns the key
// that signed it. The URL is taken as received, with scheme in place of a missing one.
func (v *Verifier) Verify(r *http.Request, scheme string, keys []Key) (*Key, Problem) {
	header := r.Header.Get("Authorization")
	if header == "" {
		return nil, ParameterAbsent
	}
	list, ok := parseHeader(header)
	if !ok {
		return nil, ParameterRejected
	}
	if p := v.protocol(list); p != None {
		return nil, p
	}
	key, p := find(keys, value(list, "oauth_consumer_key"), value(list, "oauth_token"))
	if p != None {
		return nil, p
	}
	base, err := BaseString(r, scheme, list)
	if err != nil {
		return nil, ParameterRejected
	}
	want := Sign(base, key.ConsumerSecret, key.TokenSecret)
	if subtle.ConstantTimeCompare([]byte(want), []byte(value(list, "oauth_signature"))) != 1 {
		return nil, SignatureInvalid
	}
	// Only a valid signature uses a nonce up, so that nobody can burn another's.
	nonce := key.Consumer + "&" + key.Token + "&" + value(list, "oauth_timestamp") + "&" + value(list, "oauth_nonce")
	if !v.nonces.use(nonce, v.now()) {
		return nil, NonceUsed
	}
	return key, None
}

// protocol checks the parameters that need no key.
func (v *Verifier) protocol(list []pair) Problem {
	for _, name := range []string{"oauth_consumer_key", "oauth_token", "oauth_signature_method", "oauth_timestamp", "oauth_nonce", "oauth_signature"} {
		if value(list, name) == "" {
			return ParameterAbsent
		}
	}
	if version := value(list, "oauth_version"); version != "" && version != "1.0" {
		return VersionRejected
	}
	if value(list, "oauth_signature_method") != "HMAC-SHA1" {
		return MethodRejected
	}
	stamp, err := strconv.ParseInt(value(list, "oauth_timestamp"), 10, 64)
	if err != nil {
		return TimestampRefused
	}
	if off := v.now().Sub(time.Unix(stamp, 0)); off > Skew || off < -Skew {
		return TimestampRefused
	}
	return None
}

func find(keys []Key, consumer, token string) (*Key, Problem) {
	known := false
	for i := range keys {
		if keys[i].Consumer != consumer {
			continue
		}
		known = true
		if keys[i].Token == token {
			return &keys[i], None
		}
	}
	if known {
		return nil, TokenRejected
	}
	return nil, ConsumerUnknown
}
