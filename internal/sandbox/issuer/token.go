package issuer

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"fmt"
	"math/big"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Versions of the token endpoint. Tokens of the first are signed with a fixed key, those of the
// second with keys that are published.
const (
	V1 = "1"
	V2 = "2"
)

const (
	// TokenLife is how long a token is good (published sample: exp is iat + 1 h).
	TokenLife = time.Hour
	issuedBy  = "Sentinel"
	keyBits   = 2048
)

// firstKey is the id of the one key that the first version signs with, as in the published sample.
const firstKey = "appjwt-13-05-17"

// Claims are those of a token: aud is the account, as a bare string, azp the app.
type Claims struct {
	jwt.RegisteredClaims
	Account string `json:"aud"`
	App     string `json:"azp"`
	Scope   string `json:"scope"`
}

// GetAudience is the account.
func (c Claims) GetAudience() (jwt.ClaimStrings, error) { return jwt.ClaimStrings{c.Account}, nil }

// Tokens signs tokens of apps and verifies them. It is safe for concurrent use.
type Tokens struct {
	now  func() time.Time
	mu   sync.Mutex
	keys map[string]*rsa.PrivateKey // by version, made when first needed
}

// NewTokens returns an issuer on that clock.
func NewTokens(now func() time.Time) *Tokens {
	return &Tokens{now: now, keys: map[string]*rsa.PrivateKey{}}
}

// Issue returns a token for the app of the account.
func (t *Tokens) Issue(version, account, app, scope string) (string, error) {
	key, id, err := t.key(version)
	if err != nil {
		return "", err
	}
	now := t.now()
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, Claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: issuedBy, IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(TokenLife)),
		},
		Account: account, App: app, Scope: scope,
	})
	token.Header["kid"] = id
	return token.SignedString(key)
}

// Verify returns the claims of a token of the version that is good now for the account.
func (t *Tokens) Verify(version, account, token string) (Claims, error) {
	key, _, err := t.key(version)
	if err != nil {
		return Claims{}, err
	}
	var claims Claims
	_, err = jwt.ParseWithClaims(token, &claims, func(*jwt.Token) (any, error) { return &key.PublicKey, nil },
		jwt.WithValidMethods([]string{jwt.SigningMethodRS256.Alg()}), jwt.WithIssuer(issuedBy), jwt.WithAudience(account),
		jwt.WithExpirationRequired(), jwt.WithTimeFunc(t.now))
	return claims, err
}

// Renew forgets the keys: every token that was issued is refused from now on.
func (t *Tokens) Renew() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.keys = map[string]*rsa.PrivateKey{}
}

// KeySet is the JSON Web Key Set (RFC 7517) of the second version's key.
func (t *Tokens) KeySet() (map[string]any, error) {
	key, id, err := t.key(V2)
	if err != nil {
		return nil, err
	}
	number := base64.RawURLEncoding.EncodeToString
	return map[string]any{"keys": []map[string]string{{
		"kty": "RSA", "use": "sig", "alg": jwt.SigningMethodRS256.Alg(), "kid": id,
		"n": number(key.N.Bytes()), "e": number(big.NewInt(int64(key.E)).Bytes()),
	}}}, nil
}

// key returns the version's key and its id.
func (t *Tokens) key(version string) (*rsa.PrivateKey, string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.keys[version] == nil {
		key, err := rsa.GenerateKey(rand.Reader, keyBits)
		if err != nil {
			return nil, "", fmt.Errorf("make key of tokens: %w", err)
		}
		t.keys[version] = key
	}
	if version == V1 {
		return t.keys[version], firstKey, nil
	}
	return t.keys[version], fmt.Sprintf("appjwt-%s-%x", version, t.keys[version].N.Bytes()[:4]), nil
}
