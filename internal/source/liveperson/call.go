package liveperson

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"

	"transporter/internal/budget"
	"transporter/internal/fault"
	"transporter/internal/source"
	"transporter/internal/source/access"
	"transporter/internal/source/liveperson/answer"
)

// api is one of the platform's APIs, with the words that its errors need.
type api struct {
	service    string // name in the Domain API
	title      string
	permission string // what the API key needs, as the console names it

	// neighbour is where it is served, in place of the service's name, if the Domain API does not
	// name it: at ZONE.neighbour.…, where the service is at ZONE.service.…
	neighbour string

	takes  []string     // kinds of credentials, the preferred one first; nil: an API key alone
	tokens tokenVersion // of an app
	issues string       // the kind of credentials that its requests carry in their body, for a grant

	less string // how its answers become shorter; empty: nobody here knows

	blank bool // it may answer 204: there is nothing of what was asked for; of others that is no answer
}

var (
	interactionsAPI = api{
		service: "msgHist", title: "Messaging Interactions API",
		permission: "category Data, Messaging Interactions",
		takes:      access.Takes(Interactions), blank: true,
	}
	configurationAPI = api{
		service: "accountConfigReadOnly", title: "account configuration API",
		permission: "category Administration, read access to users, skills and agent groups",
		takes:      access.Takes("skills"), less: "shorten in the platform's console what is so long of it, such as a description",
	}
	usersAPI = api{
		service: configurationAPI.service, title: configurationAPI.title, permission: configurationAPI.permission,
		takes: access.Takes("users"), tokens: appJWTTwo,
	}
	activityAPI = api{
		service: "agentActivityDomain", title: "Agent Activity API",
		permission: "category Data, Workforce Management, Agent Activity API", blank: true,
	}
)

// request is one call, before it has a host and a signature.
type request struct {
	api
	method, path string
	query        url.Values
	body         []byte
	header       http.Header // beside those that every request has
	endless      bool        // whoever reads its answer holds no more of it than there is room for
}

// at returns where the API is, given the host of its service. A look-alike that serves all at one
// host serves the neighbour there too.
func (a api) at(host string) string {
	if a.neighbour == "" {
		return host
	}
	return strings.Replace(host, "."+a.service+".", "."+a.neighbour+".", 1)
}

// session is one goroutine's use of a client; it counts calls.
type session struct {
	*Client
	calls  int64
	header http.Header // of the answer that is being read
}

// call sends the request and hands the answer's body to read, nil for the answer
// without content of an API that may give one. Passing failures are tried again, each time with a new signature and
// a fresh look at the host: server errors, broken connections and bodies after a
// backoff, a short 429 after the wait it asks for, during which every client of the
// account is held back. A session or token that the platform has ended early is replaced
// once. What remains is returned for the caller's own retry policy.
// read may run more than once.
func (s *session) call(ctx context.Context, r request, read func(io.Reader) error) error {
	moved, renewed := false, false
	for try := 1; ; try++ {
		p, err := s.admit(ctx, r.api) // before a slot is taken: a login takes one itself
		if err != nil {
			return err
		}
		host, err := s.host(ctx, r.service)
		if err == nil {
			err = s.once(ctx, r, host, p, read)
		}
		switch {
		case err == nil || ctx.Err() != nil:
			return err
		case p.grant != nil && fault.Is(err, fault.AuthFailed) && !renewed:
			renewed = true
			s.shared.grants.drop(p.grant)
			continue
		case host != "" && fault.Is(err, fault.NotFound) && !moved:
			moved = true
			if !s.hasMoved(ctx, r.service, host) {
				return err
			}
			continue
		case try > s.config.Limits.Retries || !passing(err):
			return err
		}
		if err := s.sleep(ctx, pauseAfter(err, try)); err != nil {
			return err
		}
	}
}

// hasMoved looks the host up again after a 404: services move between hosts.
func (s *session) hasMoved(ctx context.Context, service, host string) bool {
	s.forget(service, host)
	now, err := s.host(ctx, service)
	return err == nil && now != host
}

func (s *session) once(ctx context.Context, r request, host string, p pass, read func(io.Reader) error) error {
	b := s.shared.Budgets.Of(s.config.PlatformAccount, host, s.config.Limits.budget(), s.now())
	ctx, release, err := b.Acquire(ctx, budget.Request{Turn: s.turn, Waits: s.waits, Now: s.now, Sleep: s.sleep})
	if err != nil {
		return err
	}
	defer release()
	ctx, cancel := context.WithTimeout(ctx, s.config.Limits.CallTimeout)
	defer cancel()
	return lapsed(ctx, r.title, s.ask(ctx, b, r, host, p, read))
}

// lapsed says so when a request was ended because its slot was no longer ours.
func lapsed(ctx context.Context, what string, err error) error {
	if err != nil && errors.Is(context.Cause(ctx), budget.ErrLapsed) {
		return fault.New(fault.Upstream, "%s: %w", what, budget.ErrLapsed)
	}
	return err
}

// ask sends the request, in a slot of the budget.
func (s *session) ask(ctx context.Context, b *budget.Budget, r request, host string, p pass, read func(io.Reader) error) error {
	link := "https://" + r.at(host) + r.path + "?" + r.query.Encode()
	req, err := http.NewRequestWithContext(ctx, r.method, link, bytes.NewReader(r.body))
	if err != nil {
		return fault.New(fault.InvalidSpec, "%s: %w", r.title, err)
	}
	req.Header.Set("Accept", "application/json")
	if r.body != nil {
		req.Header.Set("Content-Type", "application/json") // never a form: that would be signed
	}
	maps.Copy(req.Header, r.header)
	s.mark(req, p)
	s.calls++
	res, err := s.http.Do(req)
	if err != nil {
		s.forget(r.service, host)
		return transportFault(r.title, err)
	}
	defer func() { drain(res.Body); _ = res.Body.Close() }()
	s.header = res.Header
	return s.answer(r, p, b, res, read)
}

func (s *session) answer(r request, p pass, b *budget.Budget, res *http.Response, read func(io.Reader) error) error {
	a := r.api
	switch res.StatusCode {
	case http.StatusOK, http.StatusCreated:
		body := &countingReader{r: res.Body}
		if !r.endless {
			body.r = io.LimitReader(res.Body, s.config.Limits.MaxBody+1)
		}
		err := read(body)
		switch {
		case !r.endless && body.n > s.config.Limits.MaxBody:
			return a.tooLong("an answer", s.config.Limits.MaxBody)
		case errors.Is(err, answer.ErrLong):
			return a.tooLong("a part of the answer", source.MaxRecord)
		}
		return bodyFault(a.title, err)
	case http.StatusNoContent:
		if !a.blank {
			return fault.New(fault.Upstream, "%s: status 204, an answer without content", a.title)
		}
		return read(nil)
	}
	text, _ := io.ReadAll(io.LimitReader(res.Body, maxErrorBody))
	err := s.statusFault(a, p, res, text)
	if err.Kind == fault.RateLimited {
		b.Refused(s.now().Add(err.RetryAfter))
	}
	return err
}

// tooLong is what to do about an answer that no smaller request gives less of.
func (a api) tooLong(what string, most int64) error {
	return fault.New(fault.SchemaMismatch, "%s: %s has more than %d MiB, more than can be held", a.title, what, most>>20).
		WithFix("%s, then resume the run", cmp.Or(a.less, "tell the platform's support: no answer should be so long"))
}

// countingReader counts what was read.
type countingReader struct {
	r io.Reader
	n int64
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// maxDrain is how much of an unread answer is worth reading to keep the connection.
const maxDrain = 64 << 10

func drain(body io.Reader) { _, _ = io.CopyN(io.Discard, body, maxDrain) }

// transportFault classifies a request that got no answer. Faults of the guarded dialer
// keep their kind.
func transportFault(what string, err error) *fault.Error {
	if f := (*fault.Error)(nil); errors.As(err, &f) {
		return f
	}
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err // the URL adds nothing and is long
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return fault.New(fault.Upstream, "%s: no complete answer in time: %w", what, err)
	}
	return fault.New(fault.Upstream, "%s: %w", what, err)
}

// bodyFault classifies a failure while an answer was read: it broke off, or is not
// what it should be, which is as a rule the same thing.
func bodyFault(what string, err error) error {
	if err == nil {
		return nil
	}
	return transportFault(what+": read the answer", err)
}
