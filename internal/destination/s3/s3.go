// Package s3 delivers files to Amazon S3 and to stores that speak its protocol.
//
// A file is a multipart upload to its final key that is not completed before it is
// verified: until then nobody sees anything, and completing it is atomic. The parts that
// the store has acknowledged are kept in the file's journal, so that a crash costs only
// the parts that were on their way. Where the bytes are to be read back before they are
// seen (level 3), the upload is completed under a temporary key, ".NAME.TOKEN.part", read,
// and copied by the store to the final key. Which checksums and conditions are used is a
// matter of the store's Profile.
package s3

import (
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"transporter/internal/destination"
	"transporter/internal/fault"
)

const (
	// minPart is the smallest part but the last, maxParts the most parts of one upload
	// (docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html).
	minPart  = 5 << 20
	maxParts = 10_000
	// PartSize is how much is sent in one part: with 10,000 of them a file may have 78 GiB.
	PartSize = 8 << 20
)

// Ways of encryption at rest, by the names of the request's header
// (docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html).
const (
	EncryptionS3  = "AES256"
	EncryptionKMS = "aws:kms"
)

// Config says where to deliver, and with which credentials.
type Config struct {
	Bucket    string
	Prefix    string // before every name; a "/" is put between
	Region    string // of the bucket; empty: us-east-1 where Endpoint is set
	Endpoint  string // address of a store other than Amazon's, such as "https://s3.example.org"
	PathStyle bool   // the bucket is in the path instead of the host name
	Profile   string // name of a Profile; empty: aws without Endpoint, generic with one

	Encryption string // EncryptionS3, EncryptionKMS, or empty: the bucket's own setting
	KMSKey     string // id or ARN of the key; empty: the account's default key

	AccessKey, SecretKey destination.Secret
	SessionToken         destination.Secret // of temporary credentials, else nil
	Ambient              bool               // use the worker's own role instead of keys

	// HTTP sends the requests; over the guarded dialer in production.
	HTTP *http.Client
	// Buffers lends memory for parts beyond the first that are sent at once.
	Buffers *Buffers
	// Part is the size of a part, at most PartSize; zero: PartSize.
	Part int64
}

// Destination is one prefix of one bucket. It is safe for concurrent use.
type Destination struct {
	config  Config
	profile Profile
	client  *client
}

var _ destination.Destination = (*Destination)(nil)

// New checks the configuration without connecting; what is wrong is fault.InvalidSpec
// that names the field.
func New(c Config) (*Destination, error) {
	profile, err := c.profile()
	if err != nil {
		return nil, err
	}
	if c.Part == 0 {
		c.Part = PartSize
	}
	if c.Region == "" && c.Endpoint != "" {
		c.Region = lookAlikeRegion
	}
	c.Prefix = strings.Trim(c.Prefix, "/")
	switch {
	case c.Bucket == "" || strings.ContainsAny(c.Bucket, "/ :?#"):
		return nil, badField("bucket", "is not the name of a bucket").WithFix("give the name alone, without s3:// and without a folder")
	case c.Region == "":
		return nil, badField("region", "is empty").WithFix("give the bucket's region, such as eu-central-1")
	case c.HTTP == nil || c.Buffers == nil:
		return nil, badField("http", "is not set")
	case c.Part < minPart || c.Part > PartSize:
		return nil, badField("part", "is not between 5 and 8 MiB")
	}
	for _, check := range []func() error{c.checkPrefix, c.checkEndpoint, c.checkCredentials, c.checkEncryption} {
		if err := check(); err != nil {
			return nil, err
		}
	}
	return &Destination{config: c, profile: profile, client: &client{config: c, profile: profile}}, nil
}

func (c Config) checkPrefix() error {
	if c.Prefix == "" {
		return nil
	}
	if destination.CheckName(c.Prefix) != nil || !utf8.ValidString(c.Prefix) {
		return badField("prefix", "is not a plain path").WithFix("use plain names between slashes, such as brand/reports")
	}
	return nil
}

func (c Config) checkEndpoint() error {
	if c.Endpoint == "" {
		return nil
	}
	u, err := url.Parse(c.Endpoint)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil ||
		strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return badField("endpoint", "is not the address of a store").WithFix("write it as https://s3.example.org or https://10.0.0.5:9000; the bucket has a field of its own")
	}
	return nil
}

func (c Config) checkCredentials() error {
	keys := reveal(c.AccessKey) != "" && reveal(c.SecretKey) != ""
	switch {
	case c.Ambient && (reveal(c.AccessKey) != "" || reveal(c.SecretKey) != ""):
		return badField("credentials", "are given although the worker's own role is to be used").WithFix("give either the keys or the role")
	case !c.Ambient && !keys:
		return badField("credentials", "lack the access key or its secret").WithFix("give accessKeyId and secretAccessKey, or use the worker's own role")
	}
	return nil
}

func (c Config) checkEncryption() error {
	switch {
	case c.Encryption != "" && c.Encryption != EncryptionS3 && c.Encryption != EncryptionKMS:
		return badField("sse", "is not a way to encrypt at rest").WithFix("write %s, %s, or leave it out", EncryptionS3, EncryptionKMS)
	case c.KMSKey != "" && c.Encryption != EncryptionKMS:
		return badField("kmsKeyId", "is given without sse %s", EncryptionKMS)
	case c.Encryption == EncryptionKMS && c.Profile == profileBasic:
		return badField("sse", "cannot be %s with the profile %s: files could not be verified", EncryptionKMS, profileBasic)
	}
	return nil
}

// reveal returns a secret's value, and nothing for none.
func reveal(s destination.Secret) string {
	if s == nil {
		return ""
	}
	return s.Reveal()
}

func badField(field, problem string, args ...any) *fault.Error {
	return fault.New(fault.InvalidSpec, problem, args...).WithField(field)
}
