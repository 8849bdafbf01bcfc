package liveperson

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"transporter/internal/fault"
	"transporter/internal/seal"
	"transporter/internal/source/access"
)

// loginAPI logs users in (Login Service API, version 1.3).
var loginAPI = api{service: "agentVep", title: "Login Service", issues: access.Login, blank: true}

const (
	loginPath     = "/api/account/{account}/login"
	refreshPath   = "/api/account/{account}/refresh"
	logoutPath    = "/api/account/{account}/logout"
	loginVersion  = "1.3"
	sessionCookie = "Session_id"
	// sessionLife is that of the page's sample, for an answer that states none.
	sessionLife = 8 * time.Hour
	// keepAlive is how often the page asks to refresh a session. It is done by the next
	// request after that time: a session that nobody uses may end.
	keepAlive = 5 * time.Minute
)

// userSession returns the session of the source's user: the one that the process has, kept
// alive, or a new one.
func (s *session) userSession(ctx context.Context) (*grant, error) {
	c := s.Client
	return c.shared.grants.get(ctx, c.grantKey(access.Login, ""), c.now, func(ctx context.Context, held *grant) (*grant, error) {
		if held.good(c.now()) {
			fresh, err := c.refresh(ctx, held)
			if err == nil || !fault.Is(err, fault.AuthFailed) {
				return fresh, err
			}
		}
		return c.logIn(ctx)
	})
}

// logIn begins a session.
func (c *Client) logIn(ctx context.Context) (*grant, error) {
	credentials := map[string]string{}
	for _, v := range c.config.Credentials.Login.named() {
		credentials[v.name] = v.value.Reveal()
	}
	var answer struct {
		CSRF   seal.Secret `json:"csrf"`
		Bearer seal.Secret `json:"bearer"`
		TTL    string      `json:"sessionTTl"` // milliseconds
	}
	header, err := c.sessionCall(ctx, loginPath, credentials, nil, &answer)
	if err != nil {
		return nil, err
	}
	if answer.Bearer == "" {
		return nil, fault.New(fault.Upstream, "%s: the answer has no bearer", loginAPI.title)
	}
	life := sessionLife
	if ms, err := strconv.ParseInt(answer.TTL, 10, 64); err == nil && ms > 0 {
		life = time.Duration(ms) * time.Millisecond
	}
	g := &grant{token: answer.Bearer, csrf: answer.CSRF, life: life, until: c.now().Add(life), renew: c.now().Add(keepAlive)}
	for _, cookie := range (&http.Response{Header: header}).Cookies() {
		if cookie.Name == sessionCookie {
			g.cookie = cookie
		}
	}
	g.end = func(ctx context.Context) error { return c.postSession(ctx, logoutPath, g) }
	return g, nil
}

// refresh keeps the session alive. One that the platform has ended is fault.AuthFailed; after
// another failure the session is used on until its end.
func (c *Client) refresh(ctx context.Context, held *grant) (*grant, error) {
	fresh := *held
	err := c.postSession(ctx, refreshPath, held)
	switch {
	case fault.Is(err, fault.AuthFailed):
		return nil, err
	case err == nil:
		fresh.until = c.now().Add(held.life)
	}
	fresh.renew = c.now().Add(keepAlive)
	return &fresh, nil
}

// postSession posts what a session is known by, which is all that refresh and logout take.
func (c *Client) postSession(ctx context.Context, path string, g *grant) error {
	_, err := c.sessionCall(ctx, path, map[string]string{"csrf": g.csrf.Reveal()}, g.cookie, nil)
	return err
}

// sessionCall posts the body and decodes the answer, if it is wanted.
func (c *Client) sessionCall(ctx context.Context, path string, body map[string]string, cookie *http.Cookie, answer any) (http.Header, error) {
	b, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	r := request{
		api: loginAPI, method: http.MethodPost, path: c.path(path),
		query: url.Values{"v": {loginVersion}}, body: b, header: http.Header{},
	}
	if cookie != nil {
		r.header.Set("Cookie", cookie.Name+"="+cookie.Value)
	}
	s := session{Client: c.urgent()}
	err = s.call(ctx, r, func(in io.Reader) error {
		if answer == nil || in == nil {
			return nil
		}
		return json.NewDecoder(in).Decode(answer)
	})
	return s.header, err
}
