package liveperson

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"transporter/internal/seal"
)

const (
	// grantTimeout bounds a login, or the issue of a token, with its retries: others wait for it.
	grantTimeout = time.Minute
	// grantMargin is how long before its end a grant is replaced: a request under way must
	// arrive while it is good.
	grantMargin = time.Minute
)

// grants are what the platform has issued to the clients of a process: sessions of users,
// tokens of apps. Clients with the same credentials for the same account share one, so that a
// process logs in once, and callers who come meanwhile wait for that. The zero value is ready.
type grants struct {
	mu      sync.Mutex
	held    map[string]*grant
	flights singleflight.Group
}

// grant is a bearer with its end. It is not changed once it is held; a refreshed one is new.
type grant struct {
	key   string
	token seal.Secret
	until time.Time                   // zero: the platform did not say
	renew time.Time                   // when a session is to be kept alive; zero: never
	end   func(context.Context) error // logs out; nil: it ends by itself

	life   time.Duration // of a session that is kept alive
	csrf   seal.Secret
	cookie *http.Cookie
}

// good reports whether the grant can be used, as far as is known.
func (g *grant) good(now time.Time) bool {
	return g != nil && (g.until.IsZero() || now.Before(g.until.Add(-grantMargin)))
}

// due reports whether the grant has to be kept alive before it is used on.
func (g *grant) due(now time.Time) bool { return !g.renew.IsZero() && !now.Before(g.renew) }

func (g *grant) secrets() []string {
	list := []string{g.token.Reveal()}
	if g.csrf != "" {
		list = append(list, g.csrf.Reveal())
	}
	if g.cookie != nil {
		list = append(list, g.cookie.Value)
	}
	return list
}

// grantKey names what is issued to the credentials of a kind, and tells nothing of them: a
// client whose secret is another never gets what was issued for the right one.
func (c *Client) grantKey(kind, version string) string {
	h := sha256.New()
	_, _ = fmt.Fprintf(h, "%q %q", c.config.DomainURL, c.config.PlatformAccount) // a hash takes everything
	for _, v := range c.config.Credentials.byKind()[kind] {
		_, _ = fmt.Fprintf(h, " %s %q", v.name, v.value.Reveal())
	}
	return kind + version + ":" + hex.EncodeToString(h.Sum(nil))
}

// get returns the grant of the key: the one that is held, or what issue makes of that. All who
// ask meanwhile share one call of issue, which goes on for the others when the first gives up.
func (g *grants) get(ctx context.Context, key string, now func() time.Time, issue func(context.Context, *grant) (*grant, error)) (*grant, error) {
	if held := g.find(key); held.good(now()) && !held.due(now()) {
		return held, nil
	}
	flight := g.flights.DoChan(key, func() (any, error) {
		held := g.find(key)
		if held.good(now()) && !held.due(now()) {
			return held, nil // another flight has just landed
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), grantTimeout)
		defer cancel()
		issued, err := issue(ctx, held)
		if err != nil {
			return nil, err
		}
		g.keep(key, issued)
		return issued, nil
	})
	select {
	case landed := <-flight:
		if landed.Err != nil {
			return nil, landed.Err
		}
		return landed.Val.(*grant), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (g *grants) find(key string) *grant {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.held[key]
}

func (g *grants) keep(key string, issued *grant) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.held == nil {
		g.held = map[string]*grant{}
	}
	issued.key = key
	g.held[key] = issued
}

// drop forgets a grant that was refused; a newer one of another caller stays.
func (g *grants) drop(refused *grant) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.held[refused.key] == refused {
		delete(g.held, refused.key)
	}
}

// take returns what is held, and holds nothing any more.
func (g *grants) take() map[string]*grant {
	g.mu.Lock()
	defer g.mu.Unlock()
	held := g.held
	g.held = nil
	return held
}
