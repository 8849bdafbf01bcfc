package liveperson

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/golang-jwt/jwt/v5"

	"transporter/internal/fault"
	"transporter/internal/seal"
)

// Services of the Connector API, by their names in the Domain API.
const (
	serviceSentinel = "sentinel"
	serviceIDP      = "idp"
	serviceSend     = "asyncMessagingEnt"
	serviceFiles    = "swift"
)

// appKey names the app, and tells nothing of its secret: with another one it is another app.
func (c *Client) appKey() string {
	sum := sha256.Sum256([]byte(c.config.Secret.Reveal()))
	return c.config.PlatformAccount + "/" + c.config.ClientID + "/" + hex.EncodeToString(sum[:])
}

func (c *Client) consumerKey(id string) string { return c.appKey() + "/" + id }

// appToken returns the app's AppJWT: the one that the process has until shortly before its end, or
// a new one ("Authorization and authentication": it lives an hour).
func (c *Client) appToken(ctx context.Context) (*token, error) {
	return c.shared.apps.get(ctx, c.appKey(), c.config.Now, func(ctx context.Context) (*token, error) {
		form := url.Values{
			"grant_type": {"client_credentials"}, "client_id": {c.config.ClientID}, "client_secret": {c.config.Secret.Reveal()},
		}
		var answer struct {
			Token string `json:"access_token"`
		}
		err := c.do(ctx, call{
			service: serviceSentinel, title: "Sentinel", path: "/sentinel/api/account/{account}/app/token", version: "1.0",
			body: []byte(form.Encode()), header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}},
			issues: true,
		}, &answer)
		if err != nil {
			return nil, err
		}
		var claims jwt.RegisteredClaims
		if err := readClaims("Sentinel", answer.Token, &claims); err != nil {
			return nil, err
		}
		t := &token{value: seal.Secret(answer.Token)}
		if claims.ExpiresAt != nil {
			t.until = claims.ExpiresAt.Time
		}
		return t, nil
	})
}

// consumerClaims are those of a ConsumerJWS.
type consumerClaims struct {
	Participant string `json:"lp_consumer_id"`
	jwt.RegisteredClaims
}

// consumerToken returns the ConsumerJWS of the channel's consumer. It never expires; the same
// consumer always has the same participant.
func (c *Client) consumerToken(ctx context.Context, id string) (*token, error) {
	if id == "" {
		return nil, fault.New(fault.InvalidSpec, "missing").WithField("consumer").WithFix("give the channel's own id of the consumer")
	}
	return c.shared.consumers.get(ctx, c.consumerKey(id), c.config.Now, func(ctx context.Context) (*token, error) {
		body, err := json.Marshal(map[string]string{"ext_consumer_id": id})
		if err != nil {
			return nil, err
		}
		var answer struct {
			Token string `json:"token"`
		}
		err = c.admitted(ctx, call{
			service: serviceIDP, title: "IDP", path: "/api/account/{account}/consumer", version: "1.0", body: body,
		}, &answer)
		if err != nil {
			return nil, err
		}
		var claims consumerClaims
		if err := readClaims("IDP", answer.Token, &claims); err != nil {
			return nil, err
		}
		if claims.Participant == "" {
			return nil, fault.New(fault.Upstream, "IDP: its token has no lp_consumer_id")
		}
		return &token{value: seal.Secret(answer.Token), participant: claims.Participant}, nil
	})
}

// readClaims reads a token's claims. Who takes the token verifies it.
func readClaims(title, text string, claims jwt.Claims) error {
	if _, _, err := jwt.NewParser().ParseUnverified(text, claims); err != nil {
		return fault.New(fault.Upstream, "%s: the answer has no token that can be read", title)
	}
	return nil
}
