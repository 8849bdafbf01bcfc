package credfile

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"net/url"
	"time"

	"transporter/internal/fault"
)

// fetchWithin bounds the download of a small file; who asks is waiting.
const fetchWithin = 30 * time.Second

// Fetch downloads the file behind an https link with the client, once. A link that has lapsed, which
// S3 answers with 403, and one that leads nowhere are fault.InvalidSpec with the field link. No error
// repeats the link: whoever has it has the file.
func Fetch(ctx context.Context, client *http.Client, link string) ([]byte, error) {
	u, err := url.Parse(link)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil {
		return nil, atLink("it is no https address").WithFix("copy the whole link out of the message it came in")
	}
	ctx, cancel := context.WithTimeout(ctx, fetchWithin)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, atLink("it is no https address")
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, unreached(u.Host, err)
	}
	defer response.Body.Close()
	if err := answered(u.Host, response.StatusCode); err != nil {
		return nil, err
	}
	file, err := io.ReadAll(io.LimitReader(response.Body, MaxBytes+1))
	switch {
	case err != nil:
		return nil, unreached(u.Host, err)
	case len(file) > MaxBytes:
		return nil, atLink("what it leads to is longer than %d bytes, which no credential file is", MaxBytes)
	}
	return file, nil
}

// answered tells what the status of an answer means.
func answered(host string, status int) error {
	switch {
	case status == http.StatusOK:
		return nil
	case status == http.StatusForbidden:
		return atLink("%s answers 403: the link has expired, or is not whole", host).WithFix("ask for a new link: they last about a day")
	case status == http.StatusNotFound || status == http.StatusGone:
		return atLink("%s answers %d: there is nothing any more", host, status).WithFix("ask for a new link")
	case status >= http.StatusInternalServerError || status == http.StatusTooManyRequests:
		return fault.New(fault.Upstream, "%s answers %d", host, status).WithField("link").WithFix("try again in a minute")
	}
	return atLink("%s answers %d", host, status).WithFix("copy the whole link out of the message it came in")
}

// unreached is a request that got no answer, or half of one. What net/http says of it may have the
// link in it, or where that was redirected to, and is left out.
func unreached(host string, err error) error {
	var known *fault.Error // of the guarded dialer
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.As(err, &known):
		return known.WithField("link")
	case errors.As(err, &certificate):
		return fault.New(fault.InvalidSpec, "the certificate of %s is not trusted", host).WithField("ca").WithFix("give the root of the authority that it is of")
	}
	return fault.New(fault.Upstream, "%s cannot be reached, or breaks off", host).WithField("link").WithFix("try again in a minute")
}

func atLink(format string, args ...any) *fault.Error {
	return fault.New(fault.InvalidSpec, format, args...).WithField("link")
}
