package source

import (
	"context"
	"net/http"
	"net/url"
)

// Caller makes requests at a platform account that no report reads. It is safe for concurrent use.
type Caller interface {
	// Host returns the host of a service of the account, from a cache that is a minute old at most.
	Host(ctx context.Context, service string) (string, error)
	// Forget drops a host that did not answer, so that the next request asks where it is now.
	Forget(service, host string)
	// Call makes the request with the source's credentials, within the account's limits. Passing
	// failures are tried again, as often as the platform advises, unless it is to be made Once.
	Call(ctx context.Context, c Call) (Answer, error)
}

// Call is a request to an API of the account.
type Call struct {
	Service    string   // name in the Domain API
	Title      string   // as errors name the API
	Permission string   // what it needs, as the console names it
	Takes      []string // kinds of credentials, of package access; the preferred one first
	Method     string
	Path       string // {account} stands for the account's number
	Query      url.Values
	Header     http.Header // beside those that every request has
	Body       []byte      // JSON; nil: none
	Once       bool        // a repeat might do it twice
}

// Answer is what the API said. Body is nil for an answer without content.
type Answer struct {
	Header http.Header
	Body   []byte
}
