package main

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"transporter/internal/httpapi"
)

// feedsInput reads from flags where the tables of a source of the kind asapp lie.
type feedsInput struct {
	set          *pflag.FlagSet
	environment  string
	bucket       httpapi.FeedBucket
	server       httpapi.FeedServer
	fileExporter bool
	baseURL      string
}

func (in *feedsInput) flags(set *pflag.FlagSet) {
	in.set = set
	set.StringVar(&in.environment, "environment", "", "asapp: prod, preprod or test")
	set.StringVar(&in.bucket.Bucket, "bucket", "", "asapp: the bucket that tables are exported to, without s3://")
	set.StringVar(&in.bucket.Prefix, "prefix", "", "asapp: the sub-folder of the bucket, if there is one")
	set.StringVar(&in.bucket.Region, "region", "", "asapp: the bucket's region (default: us-east-1)")
	set.StringVar(&in.bucket.Endpoint, "endpoint", "", "asapp: address of a store other than Amazon's")
	set.BoolVar(&in.bucket.PathStyle, "path-style", false, "asapp: the bucket is in the path of the endpoint instead of its name")
	set.StringVar(&in.server.Host, "host", "", "asapp: the SFTP server that tables are exported to")
	set.IntVar(&in.server.Port, "port", 0, "asapp: its port (default: 22)")
	set.StringVar(&in.server.Directory, "directory", "", "asapp: the folder above the feeds (default: where the login lands)")
	set.StringArrayVar(&in.server.HostKeys, "host-key", nil, "asapp: public key of the SFTP server as ssh-keyscan prints it, or its fingerprint; may be repeated")
	set.BoolVar(&in.fileExporter, "file-exporter", false, "asapp: the File Exporter API")
	set.StringVar(&in.baseURL, "base-url", "", "asapp: base address of the File Exporter API (default: the public one)")
}

// onto returns the feeds with what flags were given for; a door that is named by a flag takes the
// place of another one.
func (in *feedsInput) onto(f *httpapi.Feeds) *httpapi.Feeds {
	next := httpapi.Feeds{}
	if f != nil {
		next = *f
	}
	take(in.set, "environment", &next.Environment, in.environment)
	switch {
	case in.given("bucket", "prefix", "region", "endpoint", "path-style"):
		next.S3, next.SFTP, next.FileExporter = in.ontoBucket(next.S3), nil, nil
	case in.given("host", "port", "directory", "host-key"):
		next.SFTP, next.S3, next.FileExporter = in.ontoServer(next.SFTP), nil, nil
	case in.given("file-exporter", "base-url"):
		next.FileExporter, next.S3, next.SFTP = &httpapi.FeedAPI{BaseURL: in.baseURL}, nil, nil
	case f == nil && next.Environment == "":
		return nil
	}
	return &next
}

func (in *feedsInput) given(flags ...string) bool {
	for _, name := range flags {
		if in.set.Changed(name) {
			return true
		}
	}
	return false
}

func (in *feedsInput) ontoBucket(b *httpapi.FeedBucket) *httpapi.FeedBucket {
	next := httpapi.FeedBucket{}
	if b != nil {
		next = *b
	}
	take(in.set, "bucket", &next.Bucket, in.bucket.Bucket)
	take(in.set, "prefix", &next.Prefix, in.bucket.Prefix)
	take(in.set, "region", &next.Region, in.bucket.Region)
	take(in.set, "endpoint", &next.Endpoint, in.bucket.Endpoint)
	take(in.set, "path-style", &next.PathStyle, in.bucket.PathStyle)
	return &next
}

func (in *feedsInput) ontoServer(s *httpapi.FeedServer) *httpapi.FeedServer {
	next := httpapi.FeedServer{}
	if s != nil {
		next = *s
	}
	take(in.set, "host", &next.Host, in.server.Host)
	take(in.set, "port", &next.Port, in.server.Port)
	take(in.set, "directory", &next.Directory, in.server.Directory)
	take(in.set, "host-key", &next.HostKeys, in.server.HostKeys)
	return &next
}

// feedsOf returns what an edit begins with.
func feedsOf(v httpapi.SourceView) *httpapi.Feeds {
	if v.Feeds == nil {
		return nil
	}
	return &v.Feeds.Feeds
}

// feedsRows shows where the tables lie, and whose keys are held.
func feedsRows(v *httpapi.FeedsView) []string {
	if v == nil {
		return nil
	}
	where := ""
	switch {
	case v.S3 != nil:
		where = strings.TrimSuffix("s3://"+v.S3.Bucket+"/"+v.S3.Prefix, "/")
		if v.S3.Endpoint != "" {
			where += " at " + v.S3.Endpoint
		}
	case v.SFTP != nil:
		where = fmt.Sprintf("sftp://%s:%d/%s", v.SFTP.Host, cmp.Or(v.SFTP.Port, 22), strings.TrimPrefix(v.SFTP.Directory, "/"))
	case v.FileExporter != nil:
		where = "File Exporter API " + v.FileExporter.BaseURL
	}
	return []string{
		"environment", v.Environment, "feeds", where, "access key", v.KeyFingerprint, "decrypts with", strings.Join(v.DecryptKeys, ", "),
	}
}
