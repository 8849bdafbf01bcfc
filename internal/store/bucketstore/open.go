package bucketstore

import (
	"context"
	"net/url"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"gocloud.dev/blob"
	"gocloud.dev/blob/gcsblob"
	"gocloud.dev/blob/memblob"
	"gocloud.dev/blob/s3blob"
	"gocloud.dev/gcp"

	"transporter/internal/fault"
	"transporter/internal/store"
)

func init() {
	store.Register("s3", opener(openS3))
	store.Register("gs", opener(openGCS))
	store.Register("mem", func(context.Context, *url.URL) (store.Store, error) {
		return New(memblob.OpenBucket(nil)), nil
	})
}

// emulatorVariable is the one by which Google's client finds an emulator, without
// credentials.
const emulatorVariable = "STORAGE_EMULATOR_HOST"

// lookAlikeRegion is what S3 look-alikes expect in signatures unless they say otherwise.
const lookAlikeRegion = "us-east-1"

// crossed are the error codes of a write that crossed another one and is as good when it is
// sent again: Amazon's own, and that of versitygw when the folder it made for the object was
// removed as empty by the deletion of its neighbour.
var crossed = []string{"OperationAborted", "ExistingObjectIsDirectory"}

// opener finds out whether the bucket can be listed before the store is used.
func opener(open func(context.Context, *url.URL) (*blob.Bucket, error)) store.Opener {
	return func(ctx context.Context, u *url.URL) (store.Store, error) {
		if u.Host == "" {
			return nil, fault.New(fault.InvalidSpec, "store URL %q: the bucket is missing", u.Redacted())
		}
		bucket, err := open(ctx, u)
		if err != nil {
			return nil, err
		}
		if prefix := strings.Trim(u.Path, "/"); prefix != "" {
			if err := store.CheckKey(prefix); err != nil {
				return nil, err
			}
			bucket = blob.PrefixedBucket(bucket, prefix+"/")
		}
		switch there, err := bucket.IsAccessible(ctx); {
		case err != nil:
			return nil, classify("open bucket", u.Host, err)
		case !there:
			return nil, fault.New(fault.NotFound, "open bucket %s: it does not exist or may not be listed", u.Host).
				WithFix("%s", fixes[fault.NotFound])
		}
		return New(bucket), nil
	}
}

func openS3(ctx context.Context, u *url.URL) (*blob.Bucket, error) {
	query := u.Query()
	for name := range query {
		if name != "region" && name != "endpoint" && name != "path_style" {
			return nil, fault.New(fault.InvalidSpec, "store URL: unknown parameter %q", name).
				WithFix("s3 URLs take region, endpoint and path_style; credentials come from the environment")
		}
	}
	endpoint, region, style := query.Get("endpoint"), query.Get("region"), query.Get("path_style")
	if style != "" && style != "true" && style != "false" {
		return nil, fault.New(fault.InvalidSpec, "store URL: path_style is %q, write true or false", style)
	}
	options := []func(*config.LoadOptions) error{config.WithRetryer(func() aws.Retryer {
		return retry.AddWithErrorCodes(retry.NewStandard(), crossed...)
	})}
	if region != "" {
		options = append(options, config.WithRegion(region))
	} else if endpoint != "" {
		options = append(options, config.WithDefaultRegion(lookAlikeRegion))
	}
	cfg, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return nil, fault.New(fault.ConfigMissing, "open bucket %s: %w", u.Host, err)
	}
	if cfg.Region == "" {
		return nil, fault.New(fault.InvalidSpec, "store URL of bucket %s: the region is missing", u.Host).
			WithFix("add ?region=… to the URL or set AWS_REGION")
	}
	client := s3.NewFromConfig(cfg, func(o *s3.Options) {
		if endpoint != "" {
			o.BaseEndpoint = aws.String(endpoint)
		}
		// Look-alikes rarely have a host name a bucket.
		o.UsePathStyle = style == "true" || endpoint != "" && style == ""
	})
	return s3blob.OpenBucket(ctx, client, u.Host,
		&s3blob.Options{RequestChecksumCalculation: cfg.RequestChecksumCalculation})
}

func openGCS(ctx context.Context, u *url.URL) (*blob.Bucket, error) {
	if len(u.Query()) > 0 {
		return nil, fault.New(fault.InvalidSpec, "store URL of bucket %s: gs URLs take no parameters", u.Host).
			WithFix("credentials come from the environment")
	}
	if os.Getenv(emulatorVariable) != "" {
		return gcsblob.OpenBucket(ctx, gcp.NewAnonymousHTTPClient(gcp.DefaultTransport()), u.Host, nil)
	}
	credentials, err := gcp.DefaultCredentials(ctx)
	if err != nil {
		return nil, fault.New(fault.AuthFailed, "open bucket %s: %w", u.Host, err).
			WithFix("set GOOGLE_APPLICATION_CREDENTIALS to a service account's key file")
	}
	client, err := gcp.NewHTTPClient(gcp.DefaultTransport(), gcp.CredentialsTokenSource(credentials))
	if err != nil {
		return nil, fault.New(fault.AuthFailed, "open bucket %s: %w", u.Host, err)
	}
	return gcsblob.OpenBucket(ctx, client, u.Host, nil)
}
