package httpapi_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/httpapi"
)

const (
	bucketFeeds  = `{"environment":"prod","s3":{"bucket":"asapp-prod-acme-exports-us-east-1","prefix":"/exports/acme/"}}`
	bucketKeys   = `{"s3":{"accessKeyId":"` + canary + `-id","secretAccessKey":{"env":"TRANSPORTER_SECRET_A"}}}`
	exporterKeys = `{"fileExporter":{"apiId":"` + canary + `-id","apiSecret":"` + canary + `-s"}}`
)

func feedSourceWith(feeds, credentials string) string {
	return `{"kind":"asapp","description":"Feeds","platformAccount":"acme","feeds":` + feeds + `,"credentials":` + credentials + `}`
}

// A source of feeds has one door with its credentials, which nobody reads; of an access key a
// fingerprint is shown.
func testFeedSource(t *testing.T, s *stack, f furnished) {
	pair, err := keyPair()
	require.NoError(t, err)
	locked, passphrase := pair.Private, keyPassphrase
	withKey := strings.TrimSuffix(bucketKeys, "}") + `,"decrypt":[{"privateKey":` + jsonOf(t, locked) + `,"passphrase":` + jsonOf(t, passphrase) + `}]}`
	id := s.make(t, f.at+"/sources", feedSourceWith(bucketFeeds, withKey))
	defer func() { require.Equal(t, 204, s.call(t, "DELETE", f.at+"/sources/"+id, "").status) }()
	var v httpapi.SourceView
	s.call(t, "GET", f.at+"/sources/"+id, "").into(t, &v)
	require.Equal(t, []string{"s3", "decrypt"}, v.Auth)
	require.Equal(t, "set", v.Credentials)
	require.Equal(t, "exports/acme", v.Feeds.S3.Prefix)
	require.Regexp(t, `^SHA256:[0-9a-f]{16}$`, v.Feeds.KeyFingerprint)
	require.Len(t, v.Feeds.DecryptKeys, 1)
	var sealed struct {
		S3      map[string]string
		Decrypt []map[string]string
	}
	require.NoError(t, json.Unmarshal(s.opened(t, strings.TrimPrefix(f.at, "/v1/accounts/"), id), &sealed))
	require.Equal(t, map[string]string{"accessKeyId": canary + "-id", "secretAccessKey": canary + "-env"}, sealed.S3)
	require.Equal(t, []map[string]string{{"privateKey": locked, "passphrase": passphrase}}, sealed.Decrypt)

	before := v.Feeds.KeyFingerprint
	renamed := `{"kind":"asapp","description":"Renamed","platformAccount":"acme","feeds":` + bucketFeeds + `}`
	a := s.call(t, "PUT", f.at+"/sources/"+id, renamed)
	require.Equal(t, 200, a.status, "%s", a.body)
	a.into(t, &v)
	require.Equal(t, []string{"s3", "decrypt"}, v.Auth, "an edit without credentials keeps those that are set")
	require.Equal(t, before, v.Feeds.KeyFingerprint)

	for name, c := range map[string]struct{ method, path, body, location, says string }{
		"no feeds":             {"POST", "", `{"kind":"asapp","description":"x","platformAccount":"acme","credentials":` + bucketKeys + `}`, "body.feeds", "one of s3, sftp and fileExporter"},
		"two doors":            {"POST", "", feedSourceWith(`{"s3":{"bucket":"abc"},"fileExporter":{}}`, bucketKeys), "body.feeds", "one door"},
		"no company":           {"POST", "", `{"kind":"asapp","description":"x","feeds":` + bucketFeeds + `,"credentials":` + bucketKeys + `}`, "body.platformAccount", "acme"},
		"a bucket as URI":      {"POST", "", feedSourceWith(`{"s3":{"bucket":"s3://abc"}}`, bucketKeys), "body.feeds.s3.bucket", "without s3://"},
		"no credentials":       {"POST", "", `{"kind":"asapp","description":"x","platformAccount":"acme","feeds":` + bucketFeeds + `}`, "body.credentials", "give s3"},
		"those of another":     {"POST", "", feedSourceWith(bucketFeeds, exporterKeys), "body.credentials", "give s3"},
		"those of a platform":  {"POST", "", feedSourceWith(bucketFeeds, loginOnly), "body.credentials.login", "kind liveperson"},
		"feeds of a platform":  {"POST", "", `{"kind":"liveperson","description":"x","platformAccount":"1","feeds":` + bucketFeeds + `,"credentials":` + loginOnly + `}`, "body.feeds", "kind asapp"},
		"keys of a platform":   {"POST", "", sourceWith(bucketKeys), "body.credentials.s3", "kind asapp"},
		"no host key":          {"POST", "", feedSourceWith(`{"sftp":{"host":"h","hostKeys":[]}}`, `{"sftp":{"username":"u","privateKey":"k"}}`), "body.feeds.sftp.hostKeys", "at least"},
		"wrong passphrase":     {"POST", "", feedSourceWith(bucketFeeds, strings.Replace(withKey, passphrase, "another passphrase", 1)), "body.credentials.decrypt[0].passphrase", "does not open"},
		"a public key":         {"POST", "", feedSourceWith(bucketFeeds, strings.TrimSuffix(bucketKeys, "}")+`,"decrypt":[{"privateKey":`+jsonOf(t, publicKey(t))+`}]}`), "body.credentials.decrypt[0].privateKey", "public key"},
		"another door, no key": {"PUT", "/" + id, `{"kind":"asapp","description":"x","platformAccount":"acme","feeds":{"fileExporter":{}}}`, "body.credentials", "give fileExporter"},
		"the platform's limit": {"PUT", "/" + id, strings.TrimSuffix(renamed, "}") + `,"rateLimits":{"concurrent":2}}`, "body.rateLimits", "leave it out"},
	} {
		t.Run(name, func(t *testing.T) {
			a := s.call(t, c.method, f.at+"/sources"+c.path, c.body)
			require.Equal(t, 422, a.status, "%s", a.body)
			require.Equal(t, c.location, a.problem(t).Errors[0].Location, "%s", a.body)
			require.Contains(t, string(a.body), c.says)
		})
	}
	other := s.make(t, f.at+"/sources", feedSourceWith(`{"fileExporter":{}}`, exporterKeys))
	s.call(t, "GET", f.at+"/sources/"+other, "").into(t, &v)
	require.Equal(t, []string{"fileExporter"}, v.Auth)
	require.Equal(t, 204, s.call(t, "DELETE", f.at+"/sources/"+other, "").status)
}
