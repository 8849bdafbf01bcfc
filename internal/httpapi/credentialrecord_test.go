package httpapi_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/credfile"
	"transporter/internal/httpapi"
	"transporter/internal/pgp"
)

// The consumer of a bucket is given keys of its own, which the consumer alone can read.
func testCredentialRecord(t *testing.T, s *stack, f furnished) {
	id := s.make(t, f.at+"/destinations", `{"kind":"s3","description":"Feeds","bucket":"wfm-exports","prefix":"out","region":"eu-central-1",
		"credentials":{"accessKeyId":"`+canary+`-w","secretAccessKey":"`+canary+`-w"}}`)
	defer func() { require.Equal(t, 204, s.call(t, "DELETE", f.at+"/destinations/"+id, "").status) }()
	at := f.at + "/destinations/" + id + "/credential-record"
	body := func(key, access string) string {
		return `{"key":"` + key + `","folder":"/feeds/","accessKeyId":"` + access + `","secretAccessKey":{"env":"TRANSPORTER_SECRET_A"}}`
	}
	a := s.call(t, "POST", at, body(f.key, canary+"-reader"))
	require.Equal(t, 200, a.status, "%s", a.body)
	var out httpapi.CredentialRecord
	a.into(t, &out)
	pair, err := keyPair()
	require.NoError(t, err)
	read, err := credfile.Decrypt([]byte(out.File), pgp.Private{Key: pair.Private, Passphrase: keyPassphrase})
	require.NoError(t, err)
	require.Equal(t, []credfile.Record{{AccessKeyID: canary + "-reader", SecretAccessKey: canary + "-env", Bucket: "wfm-exports", Prefix: "out/feeds"}}, read)

	for name, c := range map[string]struct {
		path, body string
		status     int
		says       string
	}{
		"another kind":     {f.at + "/destinations/" + f.sftp + "/credential-record", body(f.key, "x"), 422, "only buckets of s3"},
		"no destination":   {f.at + "/destinations/nowhere/credential-record", body(f.key, "x"), 404, "no destination"},
		"no key":           {at, body("nobody", "x"), 422, "body.key"},
		"no access key":    {at, `{"key":"` + f.key + `"}`, 422, "accessKeyId"},
		"an empty id":      {at, body(f.key, ""), 422, "body.accessKeyId"},
		"blanks in the id": {at, body(f.key, canary+" x"), 422, "body.accessKeyId"},
	} {
		t.Run(name, func(t *testing.T) {
			a := s.call(t, "POST", c.path, c.body)
			require.Equal(t, c.status, a.status, "%s", a.body)
			require.Contains(t, string(a.body), c.says)
		})
	}
}
