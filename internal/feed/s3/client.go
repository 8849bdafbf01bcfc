package s3

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go/logging"

	"transporter/internal/fault"
	"transporter/internal/s3answer"
)

// Requests that a store is too busy for (503 SlowDown) are repeated with jittered, doubling pauses:
// 4 attempts are four seconds on average, after which the step is tried again later.
const (
	maxAttempts = 4
	maxPause    = 10 * time.Second
)

func (c Config) client() *s3.Client {
	same := *c.HTTP // a signature is for one host: the redirect of a wrong region says more as an error
	same.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return s3.New(s3.Options{
		Region: c.Region, HTTPClient: &same, UsePathStyle: c.PathStyle, Logger: logging.Nop{},
		Credentials:  credentials.NewStaticCredentialsProvider(c.AccessKey.Reveal(), c.SecretKey.Reveal(), ""),
		Retryer:      retry.NewStandard(patient),
		HTTPSignerV4: &signer{v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true }), c.Now},
		// The gzip trailer and the lines are what is checked; stores add checksums by their own lights.
		ResponseChecksumValidation: aws.ResponseChecksumValidationWhenRequired,
	}, func(o *s3.Options) {
		if c.Endpoint != "" {
			o.BaseEndpoint = aws.String(c.Endpoint)
		}
	})
}

// patient repeats more often than the SDK does by itself, and never what the guarded dialer refuses,
// nor what only a person mends: certificates and clocks.
func patient(o *retry.StandardOptions) {
	o.MaxAttempts, o.MaxBackoff = maxAttempts, maxPause
	o.Backoff = retry.NewExponentialJitterBackoff(maxPause)
	final := retry.IsErrorRetryableFunc(func(err error) aws.Ternary {
		var known *fault.Error
		if errors.As(err, &known) && !known.Kind.Retryable() || tlsProblem(err) != nil || s3answer.Code(err) == codeSkewed {
			return aws.FalseTernary
		}
		return aws.UnknownTernary
	})
	o.Retryables = append([]retry.IsErrorRetryable{final}, o.Retryables...)
}

// signer signs by the clock that it is given. The SDK would set its own right by the store's answers
// and say nothing: a machine whose clock is wrong misjudges what is late, too.
type signer struct {
	*v4.Signer
	now func() time.Time
}

// SignHTTP implements s3.HTTPSignerV4.
func (s *signer) SignHTTP(ctx context.Context, c aws.Credentials, r *http.Request, hash, service, region string, _ time.Time, o ...func(*v4.SignerOptions)) error {
	return s.Signer.SignHTTP(ctx, c, r, hash, service, region, s.now().UTC(), o...)
}
