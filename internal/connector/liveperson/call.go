package liveperson

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"transporter/internal/connector"
	"transporter/internal/fault"
)

const (
	// callTimeout bounds one request with its answer; an activity's attempt has room for two.
	callTimeout = 12 * time.Second
	// maxAnswer is far above what any answer of the API has.
	maxAnswer = 1 << 20
	// maxDrain is how much of an unread answer is worth reading to keep the connection.
	maxDrain = 64 << 10
)

// call is one POST, before it has a host and tokens.
type call struct {
	service, title string
	path, version  string
	body           []byte
	header         http.Header
	issues         bool     // it carries the app's secret itself
	secrets        []string // what must not appear in an error, beside the app's own
}

// onBehalf makes a call for the consumer and decodes its answer. A token that is refused is replaced
// once: an AppJWT that has expired, a ConsumerJWS that the platform calls invalid (errorCode 40103).
func (c *Client) onBehalf(ctx context.Context, who connector.Consumer, r call, answer any) error {
	for renewed := false; ; renewed = true {
		consumer, err := c.consumerToken(ctx, who.ID)
		if err != nil {
			return err
		}
		again := r
		again.header = maps.Clone(r.header)
		if again.header == nil {
			again.header = http.Header{}
		}
		again.header.Set("X-LP-ON-BEHALF", consumer.value.Reveal())
		again.secrets = append(again.secrets, consumer.value.Reveal())
		if len(who.Features) > 0 {
			again.header.Set("Client-Properties", clientProperties(who.Features))
		}
		err = c.admitted(ctx, again, answer)
		if renewed || !isConsumerRefused(err) {
			return err
		}
		c.shared.consumers.drop(c.consumerKey(who.ID), consumer)
	}
}

// clientProperties declares what the channel can show ("Send API", headers).
func clientProperties(features []string) string {
	raw, _ := json.Marshal(map[string]any{"type": ".ClientProperties", "features": features}) // strings always encode
	return string(raw)
}

// admitted makes a call of the app and decodes its answer. An AppJWT that is refused is replaced
// once.
func (c *Client) admitted(ctx context.Context, r call, answer any) error {
	for renewed := false; ; renewed = true {
		app, err := c.appToken(ctx)
		if err != nil {
			return err
		}
		again := r
		again.header = maps.Clone(r.header)
		if again.header == nil {
			again.header = http.Header{}
		}
		again.header.Set("Authorization", app.value.Reveal()) // as it is, not as a bearer
		again.secrets = append(again.secrets, app.value.Reveal())
		err = c.do(ctx, again, answer)
		if renewed || !fault.Is(err, fault.AuthFailed) || isConsumerRefused(err) {
			return err
		}
		c.shared.apps.drop(c.appKey(), app)
	}
}

// do makes the call, once, and decodes its answer. An error is connector.Ambiguous if the request
// may have taken effect.
func (c *Client) do(ctx context.Context, r call, answer any) error {
	host, err := c.config.Account.Host(ctx, r.service)
	if err != nil {
		return err
	}
	pace := c.shared.pace(c.config.PlatformAccount)
	if err := pace.wait(ctx, c.config.Now, c.config.Sleep); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	link := "https://" + host + strings.ReplaceAll(r.path, "{account}", c.config.PlatformAccount) + "?" + url.Values{"v": {r.version}}.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, link, bytes.NewReader(r.body))
	if err != nil {
		return fault.New(fault.InvalidSpec, "%s: %w", r.title, err)
	}
	req.Header.Set("Content-Type", "application/json")
	maps.Copy(req.Header, r.header)
	res, err := c.send(req, r.service, host, r.title)
	if err != nil {
		return err
	}
	defer func() { _, _ = io.CopyN(io.Discard, res.Body, maxDrain); _ = res.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return connector.Unsure(transportFault(r.title, err))
	}
	if res.StatusCode == http.StatusOK || res.StatusCode == http.StatusCreated {
		if json.Unmarshal(body, answer) != nil {
			return connector.Unsure(fault.New(fault.Upstream, "%s: the answer is not what it should be", r.title))
		}
		return nil
	}
	err = c.refusal(r, res, body)
	if f := (*fault.Error)(nil); errors.As(err, &f) && f.Kind == fault.RateLimited {
		pace.refused(c.config.Now().Add(f.RetryAfter))
	}
	return err
}

// send sends a request. Where no answer came the error is ambiguous only if the request was sent.
func (c *Client) send(req *http.Request, service, host, title string) (*http.Response, error) {
	var sent atomic.Bool
	trace := &httptrace.ClientTrace{WroteHeaders: func() { sent.Store(true) }}
	res, err := c.http.Do(req.WithContext(httptrace.WithClientTrace(req.Context(), trace)))
	if err == nil {
		return res, nil
	}
	c.config.Account.Forget(service, host)
	err = transportFault(title, err)
	if sent.Load() {
		err = connector.Unsure(err)
	}
	return nil, err
}

// transportFault classifies a request that got no whole answer. Faults of the guarded dialer keep
// their kind.
func transportFault(title string, err error) error {
	if f := (*fault.Error)(nil); errors.As(err, &f) {
		return f
	}
	if u := (*url.Error)(nil); errors.As(err, &u) {
		err = u.Err // the URL adds nothing, and that of a file is signed
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return fault.New(fault.Upstream, "%s: no complete answer in time: %w", title, err)
	}
	return fault.New(fault.Upstream, "%s: %w", title, err)
}
