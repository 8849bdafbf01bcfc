package liveperson

import (
	"context"
	"net/http"

	"transporter/internal/fault"
	"transporter/internal/source/access"
)

// pass is what lets a request in.
type pass struct {
	kind  string
	grant *grant // nil of an API key, which signs each request, and of requests for a grant
}

// kinds returns the kinds of credentials that the API takes, the preferred one first.
func (a api) kinds() []string {
	if a.takes == nil {
		return []string{access.OAuth1}
	}
	return a.takes
}

// admit returns what the API is called with: of the kinds of credentials that the source has,
// the one that the API prefers. It logs in, or asks for a token, where that has not been done
// for the process yet. An API that takes none of them is fault.InvalidSpec.
func (s *session) admit(ctx context.Context, a api) (pass, error) {
	if a.issues != "" {
		return pass{kind: a.issues}, nil // the request carries the credentials itself
	}
	taken, given := a.kinds(), s.config.Credentials.kinds()
	kind, ok := access.Pick(taken, given)
	if !ok {
		return pass{}, fault.New(fault.InvalidSpec, "%s: it takes %s, and the source has %s", a.title, access.Words(taken, "or"), access.Words(given, "and")).
			WithField("credentials."+taken[0]).WithFix("give the source credentials.%s", taken[0])
	}
	var err error
	p := pass{kind: kind}
	switch kind {
	case access.Login:
		p.grant, err = s.userSession(ctx)
	case access.OAuth2:
		p.grant, err = s.appToken(ctx, a.tokens)
	}
	return p, err
}

// mark puts the pass on the request. A signature is new each time: a request that is sent
// again must be signed again.
func (s *session) mark(req *http.Request, p pass) {
	switch {
	case p.grant != nil:
		req.Header.Set("Authorization", "Bearer "+p.grant.token.Reveal())
	case p.kind == access.OAuth1:
		s.signer.sign(req)
	}
}

// secrets returns the values of the pass that must not appear in an error.
func (p pass) secrets() []string {
	if p.grant == nil {
		return nil
	}
	return p.grant.secrets()
}
