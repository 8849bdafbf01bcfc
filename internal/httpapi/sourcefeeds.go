package httpapi

import (
	"slices"
	"strings"

	"transporter/internal/account"
	"transporter/internal/fault"
)

// Feeds is where tables lie that a platform exports: behind one door.
type Feeds struct {
	Environment  string      `json:"environment,omitempty" enum:"prod,preprod,test" doc:"Whose data it is; the keys are of one environment." example:"prod"`
	S3           *FeedBucket `json:"s3,omitempty" doc:"A bucket of Amazon S3."`
	SFTP         *FeedServer `json:"sftp,omitempty" doc:"An SFTP server."`
	FileExporter *FeedAPI    `json:"fileExporter,omitempty" doc:"The File Exporter API of AI Services."`
}

// FeedBucket is a bucket, or a sub-folder of one.
type FeedBucket struct {
	Bucket    string `json:"bucket" pattern:"^[A-Za-z0-9._-]{3,255}$" patternDescription:"the name alone, without s3://" doc:"The third cell of the credential file." example:"asapp-prod-acme-exports-us-east-1"`
	Prefix    string `json:"prefix,omitempty" maxLength:"300" doc:"The sub-folder above the feeds: the fourth cell of the credential file, if it has one." example:"exports/acme"`
	Region    string `json:"region,omitempty" maxLength:"40" doc:"Absent: us-east-1." example:"us-east-1"`
	Endpoint  string `json:"endpoint,omitempty" format:"uri" maxLength:"300" doc:"Address of a store other than Amazon's." example:"https://s3.example.org"`
	PathStyle bool   `json:"pathStyle,omitempty" doc:"The bucket is in the path instead of the host name."`
}

// FeedServer is a folder of an SFTP server.
type FeedServer struct {
	Host      string   `json:"host" minLength:"1" maxLength:"253" example:"prod-data-sftp.asapp.com"`
	Port      int      `json:"port,omitempty" minimum:"0" maximum:"65535" doc:"Absent: 22." example:"22"`
	Directory string   `json:"directory,omitempty" maxLength:"300" doc:"The folder above the feeds; absent: where the login lands."`
	HostKeys  []string `json:"hostKeys" minItems:"1" maxItems:"10" doc:"The server's public keys, as ssh-keyscan prints them, or their fingerprints. A server with another key is refused before anything secret is sent." example:"[\"SHA256:nThbg6kXUpJWGl7E1IGOCspRomTxdCARLviKw6E5SY8\"]"`
}

// FeedAPI is a File Exporter.
type FeedAPI struct {
	BaseURL string `json:"baseUrl,omitempty" format:"uri" maxLength:"300" doc:"Absent: the public one." example:"https://api.asapp.com"`
}

// FeedsView is where tables lie, as it is shown.
type FeedsView struct {
	Feeds
	KeyFingerprint string   `json:"keyFingerprint,omitempty" doc:"Of the access key id of s3: the same key has the same one. The id itself is never shown." example:"SHA256:6f0a3cbd9e51c7f2"`
	DecryptKeys    []string `json:"decryptKeys,omitempty" doc:"Fingerprints of the OpenPGP keys that open encrypted files."`
}

func viewFeeds(f *account.Feeds) *FeedsView {
	if f == nil {
		return nil
	}
	v := &FeedsView{Feeds: Feeds{Environment: f.Environment}, KeyFingerprint: f.KeyFingerprint, DecryptKeys: f.DecryptKeys}
	v.S3, v.SFTP, v.FileExporter = (*FeedBucket)(f.S3), (*FeedServer)(f.SFTP), (*FeedAPI)(f.FileExporter)
	return v
}

// kept returns the feeds as an account keeps them.
func (f *Feeds) kept() *account.Feeds {
	if f == nil {
		return nil
	}
	k := &account.Feeds{Environment: f.Environment}
	k.S3, k.SFTP, k.FileExporter = (*account.FeedBucket)(f.S3), (*account.FeedServer)(f.SFTP), (*account.FeedAPI)(f.FileExporter)
	if k.S3 != nil {
		bucket := *k.S3
		bucket.Prefix = strings.Trim(bucket.Prefix, "/")
		k.S3 = &bucket
	}
	return k
}

// feedSource is a source of tables that a platform exports: one door, and the credentials for it.
func (s *Server) feedSource(accountID string, b Source, old *account.Source) (account.Source, error) {
	x := account.Source{
		Meta: account.Meta{Description: b.Description}, Kind: b.Kind, PlatformAccount: b.PlatformAccount, CA: b.CA, Feeds: b.Feeds.kept(),
	}
	door, one := x.Feeds.Door()
	switch {
	case b.PlatformAccount == "":
		return x, fault.New(fault.InvalidSpec, "the company is needed").WithField("platformAccount").WithFix(`give its name as the bucket has it, such as "acme"`)
	case b.Domain != "":
		return x, foreign("domain", account.SourceLivePerson)
	case b.RateLimits != nil:
		return x, foreign("rateLimits", account.SourceLivePerson)
	case !one:
		return x, fault.New(fault.InvalidSpec, "a source of feeds has one door").WithField("feeds").WithFix("give one of s3, sftp and fileExporter")
	case b.Credentials == nil && old == nil:
		return x, fault.New(fault.InvalidSpec, "a source needs credentials").WithField("credentials").WithFix("give %s", door)
	case b.Credentials == nil && !slices.Contains(old.Credentials, door):
		return x, fault.New(fault.InvalidSpec, "the source has none for its new door").WithField("credentials").WithFix("give %s", door)
	case b.Credentials == nil:
		x.Credentials, x.Feeds.KeyFingerprint, x.Feeds.DecryptKeys = old.Credentials, old.Feeds.KeyFingerprint, old.Feeds.DecryptKeys
		return x, nil
	}
	return x, s.sealFeedCredentials(accountID, b.Credentials, door, &x)
}
