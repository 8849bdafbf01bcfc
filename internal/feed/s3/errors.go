package s3

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"transporter/internal/fault"
)

// Codes that decide what to do next
// (docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html).
const (
	codeNoBucket = "NoSuchBucket"
	codeNoKey    = "NoSuchKey"
	codeSkewed   = "RequestTimeTooSkewed"
)

// meaning is what an error code means to us.
type meaning struct {
	kind       fault.Kind
	field, fix string
}

var (
	noRight = meaning{fault.PermissionDenied, "", "ask for s3:ListBucket on the bucket and s3:GetObject below the sub-folder: reading without listing cannot tell what is missing"}
	region  = meaning{fault.InvalidSpec, "feeds.s3.region", "give the region that the bucket is in"}
	bucket  = meaning{fault.NotFound, "feeds.s3.bucket", "give the bucket of the credential file, which is of one environment"}
	keys    = meaning{fault.AuthFailed, "credentials.s3", "enter the keys again"}
	busy    = meaning{fault.RateLimited, "", ""}
)

var meanings = map[string]meaning{
	codeNoBucket:            bucket,
	"InvalidBucketName":     {fault.InvalidSpec, "feeds.s3.bucket", "correct the bucket's name"},
	"InvalidAccessKeyId":    {fault.AuthFailed, "credentials.s3.accessKeyId", "the key was revoked, or is of another environment: ask for a new credential file"},
	"SignatureDoesNotMatch": {fault.AuthFailed, "credentials.s3.secretAccessKey", "the secret is not that of this access key: enter both again"},
	"InvalidToken":          keys,
	"ExpiredToken":          keys,
	"AccessDenied":          noRight,
	"AllAccessDisabled":     noRight,
	"AccountProblem":        noRight,
	"PermanentRedirect":     region,
	"TemporaryRedirect":     {fault.Upstream, "", ""},
	"SlowDown":              busy,
	"ServiceUnavailable":    busy,
	"InvalidObjectState":    {fault.PermissionDenied, "", "the object is archived: ask for its restoration"},
}

// byStatus is for answers without a code that is known, such as those to HEAD.
var byStatus = map[int]meaning{
	http.StatusUnauthorized:     keys,
	http.StatusForbidden:        noRight,
	http.StatusNotFound:         {fault.NotFound, "feeds.s3.endpoint", "check the bucket and the endpoint"},
	http.StatusMovedPermanently: region,
	http.StatusTooManyRequests:  busy,
}

// classify turns what a request ended with into a fault that says it in one line.
func (d *Door) classify(ctx context.Context, verb, key string, err error) error {
	var known *fault.Error
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &known): // of the guarded dialer
		return known
	}
	where := key + " in bucket " + d.config.Bucket
	var api smithy.APIError
	if !errors.As(err, &api) {
		return unanswered(verb, where, err)
	}
	if api.ErrorCode() == codeSkewed {
		return d.skewed(verb, where, err)
	}
	m, ok := meanings[api.ErrorCode()]
	if !ok && api.ErrorCode() == "AuthorizationHeaderMalformed" {
		if m, ok = keys, true; strings.Contains(api.ErrorMessage(), "region") {
			m = region
		}
	}
	if !ok {
		m, ok = byStatus[statusOf(err)]
	}
	if !ok {
		m = meaning{kind: fault.Upstream}
	}
	e := fault.New(m.kind, "%s %s: %s", verb, where, strings.TrimSuffix(api.ErrorCode()+": "+api.ErrorMessage(), ": ")).
		WithField(m.field).After(retryAfter(err))
	e.Fix, e.Err = m.fix, err
	return e
}

// skewed says whose clock is wrong and by how much, as far as the answer tells: stores take requests
// of at most 15 minutes' difference.
func (d *Door) skewed(verb, where string, err error) error {
	by := "by more than 15 minutes"
	if r := responseOf(err); r != nil {
		if theirs, parseErr := http.ParseTime(r.Header.Get("Date")); parseErr == nil {
			by = "by " + d.config.Now().Sub(theirs).Abs().Round(time.Minute).String()
		}
	}
	e := fault.New(fault.Upstream, "%s %s: the clock of this machine and the store's differ %s", verb, where, by).
		WithField("clock").WithFix("set the clock of the worker's machine, and keep it by NTP; it goes on by itself")
	e.Err = err
	return e
}

// unanswered classifies an error without an answer of the store.
func unanswered(verb, where string, err error) error {
	if wrong := tlsProblem(err); wrong != nil {
		return wrong
	}
	if statusOf(err) == http.StatusBadRequest { // without a code of the protocol: TLS is expected, or it is no store
		return fault.New(fault.InvalidSpec, "%s %s: the endpoint refuses the request in words that no store uses", verb, where).
			WithField("feeds.s3.endpoint").WithFix("write https:// if it speaks TLS, and correct host and port")
	}
	return fault.New(fault.Upstream, "%s %s: %w", verb, where, err)
}

// tlsProblem tells apart what only a person mends.
func tlsProblem(err error) *fault.Error {
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.As(err, &certificate):
		return fault.New(fault.PermissionDenied, "the certificate of the endpoint is not trusted: %w", certificate).WithField("ca").
			WithFix("give the root of the authority that it is of, and the endpoint by the name in the certificate")
	case errors.Is(err, http.ErrSchemeMismatch):
		return fault.New(fault.InvalidSpec, "the endpoint speaks no TLS").WithField("feeds.s3.endpoint").WithFix("correct its host and port")
	}
	return nil
}

// codeOf returns the code of the store's answer; empty if there is none.
func codeOf(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

func responseOf(err error) *smithyhttp.Response {
	var response *smithyhttp.ResponseError
	if errors.As(err, &response) {
		return response.Response
	}
	return nil
}

// statusOf returns the HTTP status of the answer; 0 if there is none.
func statusOf(err error) int {
	if r := responseOf(err); r != nil {
		return r.StatusCode
	}
	return 0
}

// retryAfter is how long the store asked us to wait (RFC 9110, section 10.2.3); 0 where it named no
// seconds.
func retryAfter(err error) time.Duration {
	r := responseOf(err)
	if r == nil {
		return 0
	}
	seconds, _ := strconv.Atoi(r.Header.Get("Retry-After"))
	return time.Duration(max(seconds, 0)) * time.Second
}
