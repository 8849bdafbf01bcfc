package s3

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"transporter/internal/destination"
	"transporter/internal/destination/object"
	"transporter/internal/fault"
)

// Codes that decide what to do next
// (docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html).
const (
	codeNoUpload     = "NoSuchUpload"
	codeNoKey        = "NoSuchKey"
	codePrecondition = "PreconditionFailed"
	codeInvalid      = "InvalidArgument"

	statusForbidden = http.StatusForbidden
	statusNotFound  = http.StatusNotFound
)

// meaning is what an error code means to us.
type meaning struct {
	kind       fault.Kind
	field, fix string
}

var (
	noRight = meaning{fault.PermissionDenied, "", "grant the credentials s3:PutObject, s3:AbortMultipartUpload and s3:ListMultipartUploadParts on the prefix; see docs/destinations.md"}
	region  = meaning{fault.InvalidSpec, "region", "give the region that the bucket is in"}
	damage  = meaning{fault.IntegrityMismatch, "", ""}
	full    = meaning{fault.StorageFull, "", "free space or raise the quota of the bucket; the delivery goes on from where it stopped"}
	kms     = meaning{fault.InvalidSpec, "kmsKeyId", "give a key of the bucket's region that the credentials may use"}
	token   = meaning{fault.AuthFailed, "credentials", "enter new credentials: the session token is expired or not valid"}
)

// meanings are those of Amazon's codes and of a few that others use.
var meanings = map[string]meaning{
	"NoSuchBucket":                 {fault.NotFound, "bucket", "create the bucket, or correct its name"},
	"InvalidBucketName":            {fault.InvalidSpec, "bucket", "correct the bucket's name"},
	"InvalidAccessKeyId":           {fault.AuthFailed, "credentials", "enter an access key that the store knows"},
	"SignatureDoesNotMatch":        {fault.AuthFailed, "credentials", "enter the secret of this access key again"},
	"ExpiredToken":                 token,
	"InvalidToken":                 token,
	"TokenRefreshRequired":         token,
	"AccessDenied":                 noRight,
	"AllAccessDisabled":            noRight,
	"AccountProblem":               noRight,
	"MethodNotAllowed":             noRight,
	"PermanentRedirect":            region,
	"TemporaryRedirect":            {fault.Upstream, "", ""},
	"RequestTimeTooSkewed":         {fault.Upstream, "", "set the clock of the worker's machine; it goes on by itself"},
	"KeyTooLongError":              {fault.InvalidSpec, "fileName", "shorten the name, its path or the destination's prefix"},
	"EntityTooLarge":               {fault.InvalidSpec, "parts", "let the task write several parts"},
	"BadDigest":                    damage,
	"InvalidDigest":                damage,
	"InvalidPart":                  damage,
	"InvalidPartOrder":             damage,
	"EntityTooSmall":               damage,
	"XAmzContentSHA256Mismatch":    damage,
	"XAmzContentChecksumMismatch":  damage,
	"QuotaExceeded":                full,
	"InsufficientStorage":          full,
	"XMinioStorageFull":            full,
	"SlowDown":                     {fault.RateLimited, "", ""},
	"ServiceUnavailable":           {fault.RateLimited, "", ""},
	"ConditionalRequestConflict":   {fault.Conflict, "", ""},
	"OperationAborted":             {fault.Conflict, "", ""},
	"NotImplemented":               {fault.InvalidSpec, "profile", "the store does not know what this profile uses: choose basic"},
	"KMS.NotFoundException":        kms,
	"KMS.DisabledException":        kms,
	"KMS.KMSInvalidStateException": kms,
	"InvalidObjectState":           {fault.PermissionDenied, "", "the object is archived: restore it, or choose another name"},
}

// byStatus is for answers without a code that is known, such as those to HEAD.
var byStatus = map[int]meaning{
	http.StatusUnauthorized:        {fault.AuthFailed, "credentials", "enter the credentials again"},
	http.StatusForbidden:           noRight,
	http.StatusNotFound:            {fault.NotFound, "", "check the bucket and the endpoint"},
	http.StatusMovedPermanently:    region,
	http.StatusInsufficientStorage: full,
	http.StatusTooManyRequests:     {fault.RateLimited, "", ""},
}

// classify turns what a request ended with into a fault that says it in one line.
func (s *session) classify(ctx context.Context, verb, key string, err error) error {
	if settled := object.Settled(ctx, err); settled != nil {
		return settled
	}
	where := key + " in bucket " + s.d.config.Bucket
	if text := err.Error(); strings.Contains(text, "get identity") || strings.Contains(text, "retrieve credentials") {
		return fault.New(fault.AuthFailed, "%s %s: the worker has no AWS role: %w", verb, where, err).WithField("credentials").
			WithFix("give keys, or run the worker with a role and allow its metadata service: --allow 169.254.169.254:80")
	}
	var api smithy.APIError
	if !errors.As(err, &api) {
		return s.unanswered(verb, where, err)
	}
	m, ok := meanings[api.ErrorCode()]
	if !ok && api.ErrorCode() == "AuthorizationHeaderMalformed" {
		m, ok = malformed(api.ErrorMessage()), true
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

// malformed tells a wrong region from other flaws of the credentials, which have no code of
// their own.
func malformed(message string) meaning {
	if strings.Contains(message, "region") {
		return region
	}
	return meaning{fault.AuthFailed, "credentials", "enter the credentials again"}
}

// unanswered classifies an error without an answer of the store.
func (s *session) unanswered(verb, where string, err error) error {
	if wrong := destination.TLSProblem(err); wrong != nil {
		return wrong
	}
	if statusOf(err) == http.StatusBadRequest { // without a code of the protocol: TLS is expected, or it is no store
		return fault.New(fault.InvalidSpec, "%s %s: the endpoint refuses the request in words that no store uses", verb, where).WithField("endpoint").
			WithFix("write https:// if it speaks TLS, and correct host and port")
	}
	return fault.New(fault.Upstream, "%s %s: %w", verb, where, err)
}

// codeOf returns the code of the store's answer; empty if there is none.
func codeOf(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

// statusOf returns the HTTP status of the answer; 0 if there is none.
func statusOf(err error) int {
	var response *smithyhttp.ResponseError
	if errors.As(err, &response) {
		return response.HTTPStatusCode()
	}
	return 0
}

// retryAfter is how long the store asked us to wait; 0 if there is no answer.
func retryAfter(err error) time.Duration {
	var response *smithyhttp.ResponseError
	if !errors.As(err, &response) || response.Response == nil {
		return 0
	}
	return object.RetryAfter(response.Response.Header)
}
