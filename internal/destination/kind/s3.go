package kind

import "transporter/internal/fault"

// Server-side encryption of S3, in Amazon's words.
const (
	sseNone = "none"
	sseS3   = "AES256"
	sseKMS  = "aws:kms"
)

var s3Kind = Kind{
	Name: "s3",
	Doc:  "A bucket of Amazon S3 or of a store that speaks its protocol.",
	Fields: []Field{
		bucketField, prefixField,
		{Name: "region", Doc: "The bucket's region.", Example: "eu-central-1", MaxLength: 64},
		{Name: "endpoint", Doc: "Address of the store; absent: Amazon's.", MaxLength: 300},
		{Name: "pathStyle", Type: Boolean, Doc: "Whether the bucket goes into the path of addresses, not into the host name; absent: with an endpoint."},
		{Name: "sse", Doc: "Server-side encryption that is asked for; absent: none.", Enum: []string{sseNone, sseS3, sseKMS}, Example: sseKMS},
		{Name: "kmsKeyId", Doc: "The KMS key of sse aws:kms; absent: the account's own.", Example: "alias/exports", MaxLength: 300},
		rootsField,
		{
			Name: "profile", Enum: []string{"aws", "generic", "basic"}, Example: "aws",
			Doc: "What the store can do: aws, generic for others with checksums and conditional writes, basic for those without; absent: aws without an endpoint, else generic.",
		},
	},
	Secrets: []Field{
		{Name: "accessKeyId", Doc: "The id of an access key. Without any credentials: the role of the worker.", Example: map[string]any{"env": "TRANSPORTER_SECRET_S3_ID"}},
		{Name: "secretAccessKey", Doc: "The access key itself.", Example: map[string]any{"env": "TRANSPORTER_SECRET_S3"}},
		{Name: "sessionToken", Doc: "Of a temporary access key."},
	},
	Check: checkS3,
	Place: func(v Values) string { return object("s3", v) },
}

func checkS3(v Values, given Given) error {
	switch {
	case v.Text("kmsKeyId") != "" && v.Text("sse") != sseKMS:
		return fault.New(fault.InvalidSpec, "a KMS key is used with sse %s only", sseKMS).WithField("kmsKeyId")
	case given["accessKeyId"] != given["secretAccessKey"]:
		return fault.New(fault.InvalidSpec, "give accessKeyId and secretAccessKey, or neither").WithField("credentials")
	case given["sessionToken"] && !given["accessKeyId"]:
		return fault.New(fault.InvalidSpec, "a session token belongs to an access key").WithField("credentials.sessionToken")
	}
	return checkURL(v, "endpoint")
}
