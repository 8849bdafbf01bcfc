package kind

import (
	"path"
	"strings"

	"transporter/internal/fault"
)

// Fields that the stores of objects have in common.
var (
	bucketField = Field{Name: "bucket", Doc: "Its name.", Example: "wfm-exports", Required: true, MaxLength: 255}
	prefixField = Field{Name: "prefix", Doc: "A folder within the bucket.", Example: "messages", MaxLength: 500}
)

// rootsField is a private authority that a server's certificate is of.
var rootsField = Field{
	Name: "roots", File: true, MaxLength: 16 << 10,
	Doc: "PEM of more root certificates, for servers of a private authority.",
}

// object writes scheme://bucket/prefix.
func object(scheme string, v Values) string {
	return strings.TrimSuffix(scheme+"://"+v.Text("bucket")+"/"+strings.Trim(v.Text("prefix"), "/"), "/")
}

const (
	// maxKey is the longest key of an object, in bytes of UTF-8, of Amazon S3
	// (docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html) and of Cloud Storage
	// (docs.cloud.google.com/storage/docs/objects#naming).
	maxKey = 1024
	// keyRoom is what a temporary key adds: a dot before the name, the token and its end after it.
	keyRoom = len(".") + len(".0123456789abcdef.part")
	// shownKey is how much of a key that is too long stands in its refusal.
	shownKey = 80
)

// CheckKey returns fault.InvalidSpec if the name, below the prefix of a destination that is a
// bucket, makes a key that is too long, temporary ones included. It is nil for other kinds.
func CheckKey(name string, v Values, file string) error {
	if name != s3Kind.Name && name != gcsKind.Name {
		return nil
	}
	return FitsKey(path.Join(v.Text("prefix"), file))
}

// FitsKey is CheckKey for a key that is whole.
func FitsKey(key string) error {
	if longest := maxKey - keyRoom; len(key) > longest {
		return fault.New(fault.InvalidSpec, "the key of its object would have %d bytes: %s…", len(key), strings.ToValidUTF8(key[:shownKey], "")).
			WithField("fileName").WithFix("shorten the name, its path or the destination's prefix: together at most %d bytes", longest)
	}
	return nil
}
