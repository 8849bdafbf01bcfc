package s3

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"time"

	"transporter/internal/fault"
	"transporter/internal/s3answer"
)

// Codes that are looked at one by one.
const (
	codeNoBucket = "NoSuchBucket"
	codeNoKey    = "NoSuchKey"
	codeSkewed   = "RequestTimeTooSkewed"
)

var (
	noRight = s3answer.Means(fault.PermissionDenied, "", "ask for s3:ListBucket on the bucket and s3:GetObject below the sub-folder: reading without listing cannot tell what is missing")
	region  = s3answer.Means(fault.InvalidSpec, "feeds.s3.region", "give the region that the bucket is in")
	bucket  = s3answer.Means(fault.NotFound, "feeds.s3.bucket", "give the bucket of the credential file, which is of one environment")
	keys    = s3answer.Means(fault.AuthFailed, "credentials.s3", "enter the keys again")
	busy    = s3answer.Means(fault.RateLimited, "", "")
)

var meanings = s3answer.Meanings{
	Region: region, Credentials: keys, Endpoint: "feeds.s3.endpoint",
	Codes: map[string]s3answer.Meaning{
		codeNoBucket:            bucket,
		"InvalidBucketName":     s3answer.Means(fault.InvalidSpec, "feeds.s3.bucket", "correct the bucket's name"),
		"InvalidAccessKeyId":    s3answer.Means(fault.AuthFailed, "credentials.s3.accessKeyId", "the key was revoked, or is of another environment: ask for a new credential file"),
		"SignatureDoesNotMatch": s3answer.Means(fault.AuthFailed, "credentials.s3.secretAccessKey", "the secret is not that of this access key: enter both again"),
		"InvalidToken":          keys,
		"ExpiredToken":          keys,
		"AccessDenied":          noRight,
		"AllAccessDisabled":     noRight,
		"AccountProblem":        noRight,
		"PermanentRedirect":     region,
		"TemporaryRedirect":     s3answer.Means(fault.Upstream, "", ""),
		"SlowDown":              busy,
		"ServiceUnavailable":    busy,
		"InvalidObjectState":    s3answer.Means(fault.PermissionDenied, "", "the object is archived: ask for its restoration"),
	},
	Statuses: map[int]s3answer.Meaning{
		http.StatusUnauthorized:     keys,
		http.StatusForbidden:        noRight,
		http.StatusNotFound:         s3answer.Means(fault.NotFound, "feeds.s3.endpoint", "check the bucket and the endpoint"),
		http.StatusMovedPermanently: region,
		http.StatusTooManyRequests:  busy,
	},
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
	doing := verb + " " + key + " in bucket " + d.config.Bucket
	if s3answer.Code(err) == codeSkewed {
		return d.skewed(doing, err)
	}
	if wrong := tlsProblem(err); wrong != nil {
		return wrong
	}
	return meanings.Fault(doing, err)
}

// skewed says whose clock is wrong and by how much, as far as the answer tells: stores take requests
// of at most 15 minutes' difference.
func (d *Door) skewed(doing string, err error) error {
	by := "by more than 15 minutes"
	if theirs, parseErr := http.ParseTime(s3answer.Header(err).Get("Date")); parseErr == nil {
		by = "by " + d.config.Now().Sub(theirs).Abs().Round(time.Minute).String()
	}
	e := fault.New(fault.Upstream, "%s: the clock of this machine and the store's differ %s", doing, by).
		WithField("clock").WithFix("set the clock of the worker's machine, and keep it by NTP; it goes on by itself")
	e.Err = err
	return e
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
