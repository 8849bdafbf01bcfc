package liveperson

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"transporter/internal/seal"
)

const (
	// tokenMargin is how long before its end a token is replaced: a request under way must arrive
	// while it is good.
	tokenMargin = time.Minute
	// issueTimeout bounds the issue of a token, for which others wait.
	issueTimeout = 20 * time.Second
	// maxTokens bounds what is held; when it is reached all are dropped, and cost a request each.
	maxTokens = 20_000
)

// tokens are what the platform has issued, by for whom. Callers who want one that is not there
// yet share one request. The zero value is ready.
type tokens struct {
	mu      sync.Mutex
	held    map[string]*token
	flights singleflight.Group
}

// token is not changed once it is held.
type token struct {
	value       seal.Secret
	until       time.Time // zero: it never expires
	participant string    // of a consumer's: the platform's id of the consumer
}

func (t *token) good(now time.Time) bool {
	return t != nil && (t.until.IsZero() || now.Before(t.until.Add(-tokenMargin)))
}

// get returns the token of the key, issued now if there is no good one. The request goes on for
// others who wait when the first gives up.
func (t *tokens) get(ctx context.Context, key string, now func() time.Time, issue func(context.Context) (*token, error)) (*token, error) {
	if held := t.find(key); held.good(now()) {
		return held, nil
	}
	flight := t.flights.DoChan(key, func() (any, error) {
		if held := t.find(key); held.good(now()) {
			return held, nil // another flight has just landed
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), issueTimeout)
		defer cancel()
		issued, err := issue(ctx)
		if err != nil {
			return nil, err
		}
		t.keep(key, issued)
		return issued, nil
	})
	select {
	case landed := <-flight:
		if landed.Err != nil {
			return nil, landed.Err
		}
		return landed.Val.(*token), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (t *tokens) find(key string) *token {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.held[key]
}

func (t *tokens) keep(key string, issued *token) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.held == nil || len(t.held) >= maxTokens {
		t.held = map[string]*token{}
	}
	t.held[key] = issued
}

// drop forgets a token that was refused; a newer one of another caller stays.
func (t *tokens) drop(key string, refused *token) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.held[key] == refused {
		delete(t.held, key)
	}
}
