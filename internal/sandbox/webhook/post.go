package webhook

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"transporter/internal/sandbox/installs"
)

// Time-outs of a delivery (Connector API, "Webhooks: notification protocol").
const (
	connectTimeout = 5 * time.Second
	readTimeout    = 5 * time.Second
)

// answerBytes is how much of an answer's body is read, so that the connection can be used again.
const answerBytes = 64 << 10

// idleConnections are kept per host, one for each delivery that one app may have under way.
const (
	idleConnections = atOnce
	idleTimeout     = 90 * time.Second
)

// Transport posts over TCP with the platform's time-outs, over TLS 1.2 or later to servers whose
// certificate one of the roots vouches for. It knows no proxy.
func Transport(roots *x509.CertPool) http.RoundTripper {
	return transport(roots, connectTimeout, readTimeout)
}

func transport(roots *x509.CertPool, connect, read time.Duration) http.RoundTripper {
	return &http.Transport{
		DialContext:           (&net.Dialer{Timeout: connect}).DialContext,
		TLSHandshakeTimeout:   connect,
		ResponseHeaderTimeout: read,
		TLSClientConfig:       &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		MaxIdleConnsPerHost:   idleConnections,
		IdleConnTimeout:       idleTimeout,
	}
}

// outcome is what came of a post.
type outcome struct {
	status   int
	err      error // nil: delivered
	at       time.Time
	took     time.Duration
	target   string
	signed   string
	body     []byte
	endpoint installs.Endpoint
}

// errJudged is a failure by a switched fault: the endpoint has the delivery.
var errJudged = errors.New("judged failed by a fault")

// post sends deliveries of one type and conversation as one.
func (s *Sender) post(i *installs.Installation, batch []*delivery) outcome {
	first, set := batch[0], s.settings.Load()
	changes := make([][]byte, len(batch))
	for k, d := range batch {
		changes[k] = d.Change
	}
	o := outcome{at: s.now(), endpoint: i.Capabilities.Webhooks.Endpoints[first.Type], body: Body(first.Type, changes...)}
	o.target, o.signed = set.target(o.endpoint.URL), Sign(i.Secret, o.body, set.Hash, set.Encoding)
	o.status, o.err = s.exchange(first, &o)
	o.took = s.now().Sub(o.at)
	if o.err == nil && !first.duplicate && set.Faults.hits(set.Faults.Fail, drawFail, first.id<<8+uint64(first.tries)) {
		o.err = errJudged
	}
	return o
}

// exchange posts and returns the status. Anything but 200 and 201 is an error; redirects are not
// followed.
func (s *Sender) exchange(d *delivery, o *outcome) (int, error) {
	ctx, cancel := context.WithTimeout(s.ctx, connectTimeout+readTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, o.target, bytes.NewReader(o.body))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/json")
	for _, h := range o.endpoint.Headers {
		req.Header.Set(h.Name, h.Value)
	}
	req.Header.Set(AccountHeader, d.Account)
	req.Header.Set(ClientHeader, d.App)
	req.Header.Set(SignatureHeader, o.signed)
	res, err := s.transport.RoundTrip(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, answerBytes)) // the status is what counts
	if res.StatusCode != http.StatusOK && res.StatusCode != http.StatusCreated {
		return res.StatusCode, fmt.Errorf("answered %d; only 200 and 201 count", res.StatusCode)
	}
	return res.StatusCode, nil
}
