package e2e

import (
	"transporter/internal/httpapi"
	"transporter/internal/realtest"
)

// s3Body describes a bucket of a private server as a destination.
func s3Body(store *realtest.S3, bucket string) httpapi.Destination {
	return httpapi.Destination{
		Kind: "s3", Description: "versitygw",
		Fields: map[string]any{"bucket": bucket, "endpoint": store.URL},
		Credentials: map[string]httpapi.Secret{
			"accessKeyId": httpapi.SecretValue(realtest.S3Key), "secretAccessKey": httpapi.SecretValue(realtest.S3Secret),
		},
	}
}
