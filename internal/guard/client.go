package guard

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
	"time"

	"transporter/internal/fault"
)

const (
	tlsHandshakeTimeout = 10 * time.Second
	// headerTimeout bounds the wait for an answer's head once a request has left; deep
	// searches are slow.
	headerTimeout = 90 * time.Second
	// idleTimeout is below the 60 seconds after which common load balancers drop an
	// idle connection, so that we close first and never write into a dead one.
	idleTimeout = 50 * time.Second
	// connsPerHost bounds connections to one host, however many clients share them.
	connsPerHost = 32
	// maxRedirects is enough for a host that moved; more is a loop.
	maxRedirects = 5
)

// Roots returns the system's certificate roots, with those of extraPEM added.
// Text that holds no certificate is fault.InvalidSpec.
func Roots(extraPEM string) (*x509.CertPool, error) {
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if extraPEM != "" && !pool.AppendCertsFromPEM([]byte(extraPEM)) {
		return nil, fault.New(fault.InvalidSpec, "no certificate found").WithField("ca").
			WithFix("give the root as PEM: -----BEGIN CERTIFICATE-----")
	}
	return pool, nil
}

// Client returns an HTTP client over d that knows no proxy, re-uses connections, trusts roots (nil: the
// system's) from TLS 1.2 on, and follows at most 5 redirects, none from https to http;
// each redirect is dialled, and so checked, like the first request. It sets no limit
// on the time of a whole exchange: the request's context does.
func (d *Dialer) Client(roots *x509.CertPool) *http.Client {
	return &http.Client{
		Transport: &patient{&http.Transport{
			DialContext:         d.DialContext,
			TLSClientConfig:     &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout: tlsHandshakeTimeout,
			IdleConnTimeout:     idleTimeout,
			MaxIdleConnsPerHost: connsPerHost,
			MaxConnsPerHost:     connsPerHost,
			ForceAttemptHTTP2:   true,
		}, headerTimeout},
		CheckRedirect: checkRedirect,
	}
}

func checkRedirect(req *http.Request, via []*http.Request) error {
	if len(via) > maxRedirects {
		return errors.New("too many redirects")
	}
	if via[0].URL.Scheme == "https" && req.URL.Scheme != "https" {
		return fault.New(fault.PermissionDenied, "follow redirect to %s: it leaves https", req.URL.Host)
	}
	return nil
}
