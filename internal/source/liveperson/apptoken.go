package liveperson

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"

	"github.com/golang-jwt/jwt/v5"

	"transporter/internal/fault"
	"transporter/internal/seal"
	"transporter/internal/source/access"
)

// sentinelAPI issues tokens to apps (OAuth 2.0 client credentials, RFC 6749 §4.4).
var sentinelAPI = api{service: "sentinel", title: "Sentinel", issues: access.OAuth2}

// tokenVersion is which of Sentinel's tokens an API takes.
type tokenVersion string

const (
	appJWT    tokenVersion = ""   // "Get AppJWT" of the Connector API
	appJWTTwo tokenVersion = "v2" // with scopes, such as users.read
)

var tokenPaths = map[tokenVersion]string{
	appJWT:    "/sentinel/api/account/{account}/app/token",
	appJWTTwo: "/sentinel/api/v2/account/{account}/app/token",
}

// appToken returns a token of the source's app: the one that the process has, until shortly
// before its end, or a new one.
func (s *session) appToken(ctx context.Context, v tokenVersion) (*grant, error) {
	c := s.Client
	return c.shared.grants.get(ctx, c.grantKey(access.OAuth2, string(v)), c.now, func(ctx context.Context, _ *grant) (*grant, error) {
		return c.askToken(ctx, v)
	})
}

func (c *Client) askToken(ctx context.Context, v tokenVersion) (*grant, error) {
	app := c.config.Credentials.OAuth2
	form := url.Values{
		"grant_type": {"client_credentials"},
		"client_id":  {app.ClientID.Reveal()}, "client_secret": {app.ClientSecret.Reveal()},
	}
	r := request{
		api: sentinelAPI, method: http.MethodPost, path: c.path(tokenPaths[v]), query: url.Values{},
		body: []byte(form.Encode()), header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}},
	}
	if v == appJWT {
		r.query.Set("v", "1.0")
	}
	var answer struct {
		Token seal.Secret `json:"access_token"`
	}
	s := session{Client: c.urgent()}
	if err := s.call(ctx, r, func(body io.Reader) error { return json.NewDecoder(body).Decode(&answer) }); err != nil {
		return nil, err
	}
	// The API that takes the token verifies it; its end is all that is read here.
	var claims jwt.RegisteredClaims
	if _, _, err := jwt.NewParser().ParseUnverified(answer.Token.Reveal(), &claims); err != nil {
		return nil, fault.New(fault.Upstream, "%s: the answer has no token that can be read", sentinelAPI.title)
	}
	g := &grant{token: answer.Token}
	if claims.ExpiresAt != nil {
		g.until = claims.ExpiresAt.Time
	}
	return g, nil
}
