package s3

import (
	"context"
	"net/http"
	"strings"

	"transporter/internal/destination"
	"transporter/internal/destination/object"
	"transporter/internal/fault"
	"transporter/internal/s3answer"
)

// Codes and statuses that are looked at one by one.
const (
	codeNoUpload     = "NoSuchUpload"
	codeNoKey        = "NoSuchKey"
	codePrecondition = "PreconditionFailed"
	codeInvalid      = "InvalidArgument"

	statusForbidden = http.StatusForbidden
	statusNotFound  = http.StatusNotFound
)

var (
	noRight = s3answer.Means(fault.PermissionDenied, "", "grant the credentials s3:PutObject, s3:AbortMultipartUpload and s3:ListMultipartUploadParts on the prefix; see docs/destinations.md")
	region  = s3answer.Means(fault.InvalidSpec, "region", "give the region that the bucket is in")
	damage  = s3answer.Means(fault.IntegrityMismatch, "", "")
	full    = s3answer.Means(fault.StorageFull, "", "free space or raise the quota of the bucket; the delivery goes on from where it stopped")
	kms     = s3answer.Means(fault.InvalidSpec, "kmsKeyId", "give a key of the bucket's region that the credentials may use")
	login   = s3answer.Means(fault.AuthFailed, "credentials", "enter the credentials again")
	token   = s3answer.Means(fault.AuthFailed, "credentials", "enter new credentials: the session token is expired or not valid")
)

// meanings are those of Amazon's codes and of a few that others use.
var meanings = s3answer.Meanings{
	Region: region, Credentials: login, Endpoint: "endpoint",
	Codes: map[string]s3answer.Meaning{
		"NoSuchBucket":                 s3answer.Means(fault.NotFound, "bucket", "create the bucket, or correct its name"),
		"InvalidBucketName":            s3answer.Means(fault.InvalidSpec, "bucket", "correct the bucket's name"),
		"InvalidAccessKeyId":           s3answer.Means(fault.AuthFailed, "credentials", "enter an access key that the store knows"),
		"SignatureDoesNotMatch":        s3answer.Means(fault.AuthFailed, "credentials", "enter the secret of this access key again"),
		"ExpiredToken":                 token,
		"InvalidToken":                 token,
		"TokenRefreshRequired":         token,
		"AccessDenied":                 noRight,
		"AllAccessDisabled":            noRight,
		"AccountProblem":               noRight,
		"MethodNotAllowed":             noRight,
		"PermanentRedirect":            region,
		"TemporaryRedirect":            s3answer.Means(fault.Upstream, "", ""),
		"RequestTimeTooSkewed":         s3answer.Means(fault.Upstream, "", "set the clock of the worker's machine; it goes on by itself"),
		"KeyTooLongError":              s3answer.Means(fault.InvalidSpec, "fileName", "shorten the name, its path or the destination's prefix"),
		"EntityTooLarge":               s3answer.Means(fault.InvalidSpec, "parts", "let the task write several parts"),
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
		"SlowDown":                     s3answer.Means(fault.RateLimited, "", ""),
		"ServiceUnavailable":           s3answer.Means(fault.RateLimited, "", ""),
		"ConditionalRequestConflict":   s3answer.Means(fault.Conflict, "", ""),
		"OperationAborted":             s3answer.Means(fault.Conflict, "", ""),
		"NotImplemented":               s3answer.Means(fault.InvalidSpec, "profile", "the store does not know what this profile uses: choose basic"),
		"KMS.NotFoundException":        kms,
		"KMS.DisabledException":        kms,
		"KMS.KMSInvalidStateException": kms,
		"InvalidObjectState":           s3answer.Means(fault.PermissionDenied, "", "the object is archived: restore it, or choose another name"),
	},
	Statuses: map[int]s3answer.Meaning{
		http.StatusUnauthorized:        login,
		http.StatusForbidden:           noRight,
		http.StatusNotFound:            s3answer.Means(fault.NotFound, "", "check the bucket and the endpoint"),
		http.StatusMovedPermanently:    region,
		http.StatusInsufficientStorage: full,
		http.StatusTooManyRequests:     s3answer.Means(fault.RateLimited, "", ""),
	},
}

// classify turns what a request ended with into a fault that says it in one line.
func (s *session) classify(ctx context.Context, verb, key string, err error) error {
	if settled := object.Settled(ctx, err); settled != nil {
		return settled
	}
	doing := verb + " " + key + " in bucket " + s.d.config.Bucket
	if text := err.Error(); strings.Contains(text, "get identity") || strings.Contains(text, "retrieve credentials") {
		return fault.New(fault.AuthFailed, "%s: the worker has no AWS role: %w", doing, err).WithField("credentials").
			WithFix("give keys, or run the worker with a role and allow its metadata service: --allow 169.254.169.254:80")
	}
	if wrong := destination.TLSProblem(err); wrong != nil {
		return wrong
	}
	return meanings.Fault(doing, err)
}
