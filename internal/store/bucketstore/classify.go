package bucketstore

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"gocloud.dev/gcerrors"
	"google.golang.org/api/googleapi"

	"transporter/internal/fault"
	"transporter/internal/store"
)

// byCode classifies error codes of S3 and its look-alikes
// (docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html).
var byCode = map[string]fault.Kind{
	"NoSuchBucket":               fault.NotFound,
	"InvalidAccessKeyId":         fault.AuthFailed,
	"SignatureDoesNotMatch":      fault.AuthFailed,
	"ExpiredToken":               fault.AuthFailed,
	"AccessDenied":               fault.PermissionDenied,
	"AllAccessDisabled":          fault.PermissionDenied,
	"ConditionalRequestConflict": fault.Conflict,
	"SlowDown":                   fault.RateLimited,
	"QuotaExceeded":              fault.StorageFull,
	"XMinioStorageFull":          fault.StorageFull, // MinIO
	"InsufficientStorage":        fault.StorageFull,
}

var byStatus = map[int]fault.Kind{
	http.StatusUnauthorized:        fault.AuthFailed,
	http.StatusForbidden:           fault.PermissionDenied,
	http.StatusConflict:            fault.Conflict,
	http.StatusTooManyRequests:     fault.RateLimited,
	http.StatusInsufficientStorage: fault.StorageFull,
}

var fixes = map[fault.Kind]string{
	fault.NotFound:         "create the bucket, or correct its name in the store's URL",
	fault.AuthFailed:       "give the program valid credentials for the bucket",
	fault.PermissionDenied: "allow the credentials to read, write, delete and list objects of the bucket",
	fault.StorageFull:      "free space or raise the quota of the bucket; the run then goes on by itself",
}

// classify turns the service's answer into a fault, ErrNotExist or ErrExists. It looks
// at the answer itself: gocloud reports Google's 403 as not found.
func classify(verb, key string, err error) error {
	code, status := answer(err)
	kind, known := byCode[code]
	if !known {
		kind, known = byStatus[status]
	}
	switch {
	case known:
		e := fault.New(kind, "%s %s: %w", verb, key, err)
		e.Fix = fixes[kind]
		return e
	case gcerrors.Code(err) == gcerrors.NotFound:
		return fmt.Errorf("%s %s: %w", verb, key, store.ErrNotExist)
	case isPrecondition(err):
		return fmt.Errorf("%s %s: %w", verb, key, store.ErrExists)
	}
	return fmt.Errorf("%s %s: %w", verb, key, err)
}

// answer returns the error code and HTTP status of the service, where there was an answer.
func answer(err error) (code string, status int) {
	var api smithy.APIError
	if errors.As(err, &api) {
		code = api.ErrorCode()
	}
	var response *smithyhttp.ResponseError
	if errors.As(err, &response) {
		status = response.HTTPStatusCode()
	}
	var google *googleapi.Error
	if errors.As(err, &google) {
		status = google.Code
	}
	return code, status
}
