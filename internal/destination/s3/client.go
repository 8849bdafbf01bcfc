package s3

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/endpointcreds"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go/logging"

	"transporter/internal/destination"
	"transporter/internal/fault"
)

// client makes the SDK's client once it is needed: an ambient role may have to be asked for.
type client struct {
	config  Config
	profile Profile

	mu   sync.Mutex
	made *s3.Client
}

func (c *client) get(ctx context.Context) (*s3.Client, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.made != nil {
		return c.made, nil
	}
	login, err := c.credentials(ctx)
	if err != nil {
		return nil, err
	}
	c.made = s3.New(s3.Options{
		Region: c.config.Region, Credentials: login, HTTPClient: noRedirects(c.config.HTTP),
		UsePathStyle: c.config.PathStyle, Logger: logging.Nop{}, Retryer: retry.NewStandard(finalStays),
		// Checksums are ours: of every part, and of the whole.
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenRequired,
		ResponseChecksumValidation: aws.ResponseChecksumValidationWhenRequired,
	}, func(o *s3.Options) {
		if c.config.Endpoint != "" {
			o.BaseEndpoint = aws.String(c.config.Endpoint)
		}
	})
	return c.made, nil
}

// finalStays keeps what the guarded dialer refuses, and what is wrong with TLS, from being
// tried again.
func finalStays(o *retry.StandardOptions) {
	final := retry.IsErrorRetryableFunc(func(err error) aws.Ternary {
		var known *fault.Error
		if errors.As(err, &known) && !known.Kind.Retryable() || destination.TLSProblem(err) != nil {
			return aws.FalseTernary
		}
		return aws.UnknownTernary
	})
	o.Retryables = append([]retry.IsErrorRetryable{final}, o.Retryables...)
}

// credentials are the keys that were given, or whatever the SDK finds on this machine:
// variables, profile, web identity, container or instance role. It asks for a role through
// the guarded client, so that the operator must have allowed the metadata service. It must not
// be a client of the SDK's own kind: the SDK gives those dialers of its own.
func (c *client) credentials(ctx context.Context) (aws.CredentialsProvider, error) {
	if !c.config.Ambient {
		return credentials.NewStaticCredentialsProvider(c.config.AccessKey.Reveal(), c.config.SecretKey.Reveal(), reveal(c.config.SessionToken)), nil
	}
	found, err := awsconfig.LoadDefaultConfig(ctx, awsconfig.WithHTTPClient(c.config.HTTP), awsconfig.WithRegion(c.config.Region),
		awsconfig.WithRetryer(func() aws.Retryer { return retry.NewStandard(finalStays) }),
		awsconfig.WithEndpointCredentialOptions(func(o *endpointcreds.Options) { o.HTTPClient = c.config.HTTP }))
	if err != nil {
		return nil, fault.New(fault.AuthFailed, "look for the worker's own AWS role: %w", err).WithField("credentials").
			WithFix("correct the AWS variables and files of the worker; AWS_CA_BUNDLE is not taken: roots are a field of the destination")
	}
	return found.Credentials, nil
}

// noRedirects returns the client without following redirects: a signature is for one host,
// and the redirect of a wrong region says more as an error.
func noRedirects(c *http.Client) *http.Client {
	same := *c
	same.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &same
}

// unsigned leaves the payload out of the signature where TLS guards it, as Amazon's own
// tools do: the checksum of the part is signed, and hashing twice costs time.
func (c *client) unsigned(o *s3.Options) {
	if !strings.HasPrefix(c.config.Endpoint, "http://") {
		o.APIOptions = append(o.APIOptions, v4.SwapComputePayloadSHA256ForUnsignedPayloadMiddleware)
	}
}
