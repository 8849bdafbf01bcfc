package issuer

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"

	"github.com/golang-jwt/jwt/v5"
)

// ConsumerClaims are those of a ConsumerJWS, which never expires. Consumer is the id that the
// platform gives to the channel's own.
type ConsumerClaims struct {
	Account  string `json:"account_id"`
	External string `json:"ext_consumer_id"`
	Consumer string `json:"lp_consumer_id"`
	jwt.RegisteredClaims
}

// ConsumerID is the id of an account's consumer: 64 hexadecimal digits, the same for the same
// external id.
func ConsumerID(account, external string) string {
	sum := sha256.Sum256([]byte(account + "\x00" + external))
	return hex.EncodeToString(sum[:])
}

// IssueConsumer returns a ConsumerJWS.
func (t *Tokens) IssueConsumer(account, external string) (string, error) {
	key, id, err := t.key(V1)
	if err != nil {
		return "", err
	}
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, ConsumerClaims{
		Account: account, External: external, Consumer: ConsumerID(account, external),
	})
	token.Header["kid"] = id
	return token.SignedString(key)
}

// VerifyConsumer returns the claims of a ConsumerJWS of the account.
func (t *Tokens) VerifyConsumer(account, token string) (ConsumerClaims, error) {
	key, _, err := t.key(V1)
	if err != nil {
		return ConsumerClaims{}, err
	}
	var claims ConsumerClaims
	_, err = jwt.ParseWithClaims(token, &claims, func(*jwt.Token) (any, error) { return &key.PublicKey, nil },
		jwt.WithValidMethods([]string{jwt.SigningMethodRS256.Alg()}))
	if err == nil && (claims.Consumer == "" || claims.Account != account) {
		err = errors.New("the token is no consumer's of the account")
	}
	return claims, err
}
