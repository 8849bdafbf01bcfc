// Package s3 is the door to feeds that a platform exports to a bucket of Amazon S3, or of a store
// that speaks its protocol ("Retrieving data from ASAPP Messaging": docs.asapp.com/reporting/retrieve-s3).
package s3

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"transporter/internal/fault"
	"transporter/internal/feed"
	"transporter/internal/seal"
)

// defaultRegion is the only one that the platform exports to.
const defaultRegion = "us-east-1"

// Config says where the feeds lie, and with which keys they are read.
type Config struct {
	Bucket    string
	Prefix    string // the sub-folder above the feeds; empty: none
	Region    string // of the bucket; empty: us-east-1
	Endpoint  string // address of a store other than Amazon's, such as "https://s3.example.org"
	PathStyle bool   // the bucket is in the path instead of the host name

	AccessKey, SecretKey seal.Secret

	// HTTP sends the requests; over the guarded dialer in production.
	HTTP *http.Client
	// Now is the clock that requests are signed by.
	Now func() time.Time
}

// Door is one sub-folder of one bucket. It is safe for concurrent use.
type Door struct {
	feed.Heard // by the Date of the last listing's answer
	config     Config
	root       string // the prefix with its slash, or nothing
	api        *s3.Client
}

var _ feed.Clocked = (*Door)(nil)

// New checks the configuration without connecting; what is wrong is fault.InvalidSpec that names
// the field.
func New(c Config) (*Door, error) {
	if c.Region == "" {
		c.Region = defaultRegion
	}
	switch {
	case c.Bucket == "" || strings.ContainsAny(c.Bucket, "/ :?#"):
		return nil, badField("feeds.s3.bucket", "is not the name of a bucket").WithFix("give the name alone, without s3:// and without a folder")
	case c.AccessKey == "":
		return nil, badField("credentials.s3.accessKeyId", "is empty").WithFix("give the first cell of the credential file")
	case c.SecretKey == "":
		return nil, badField("credentials.s3.secretAccessKey", "is empty").WithFix("give the second cell of the credential file")
	case c.HTTP == nil || c.Now == nil:
		return nil, badField("http", "is not set")
	}
	if err := c.checkEndpoint(); err != nil {
		return nil, err
	}
	d := &Door{config: c, api: c.client()}
	if prefix := strings.Trim(c.Prefix, "/"); prefix != "" {
		d.root = prefix + "/"
	}
	return d, nil
}

func (c Config) checkEndpoint() error {
	if c.Endpoint == "" {
		return nil
	}
	u, err := url.Parse(c.Endpoint)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil ||
		strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return badField("feeds.s3.endpoint", "is not the address of a store").
			WithFix("write it as https://s3.example.org or https://10.0.0.5:9000; the bucket has a field of its own")
	}
	return nil
}

func badField(field, problem string) *fault.Error {
	return fault.New(fault.InvalidSpec, "%s", problem).WithField(field)
}
