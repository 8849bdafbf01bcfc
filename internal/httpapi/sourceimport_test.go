package httpapi_test

import (
	"bytes"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/httpapi"
	"transporter/internal/pgp"
)

const twoLines = canary + "-k1\t" + canary + "-s1\tasapp-prod-acme-exports-us-east-1\texports/\r\n" +
	canary + "-k2\t" + canary + "-s2\ts3://asapp-pre_prod-acme-exports-us-east-1"

// A credential file becomes a source a line, or nothing; its link, its keys and the private key are
// seen nowhere.
func testCredentialFile(t *testing.T, s *stack, f furnished) {
	pair, err := keyPair()
	require.NoError(t, err)
	other, err := pgp.GenerateKey(pgp.Options{Name: "Other", Email: "other@example.com", Passphrase: keyPassphrase, Algorithm: "ed25519", Now: time.Now()})
	require.NoError(t, err)
	fetched := 0
	links := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if fetched++; r.URL.Query().Get("X-Amz-Signature") != canary {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		_, _ = w.Write(encryptedTo(t, pair.Public, twoLines))
	}))
	t.Cleanup(links.Close)
	ca := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: links.Certificate().Raw}))
	body := func(changes map[string]any) string {
		all := map[string]any{
			"description": "Acme feeds", "link": links.URL + "/file?X-Amz-Signature=" + canary, "ca": ca,
			"privateKey": pair.Private, "passphrase": keyPassphrase,
		}
		for name, value := range changes {
			if all[name] = value; value == nil {
				delete(all, name)
			}
		}
		return jsonOf(t, all)
	}
	a := s.call(t, "POST", f.at+"/sources/import", body(nil), "Idempotency-Key", "import-1")
	require.Equal(t, 201, a.status, "%s", a.body)
	require.Equal(t, "no-store", a.header.Get("Cache-Control"))
	var made httpapi.List[httpapi.SourceView]
	a.into(t, &made)
	require.Len(t, made.Items, 2)
	first, second := made.Items[0], made.Items[1]
	require.Equal(t, "Acme feeds, asapp-prod-acme-exports-us-east-1/exports", first.Description)
	require.Equal(t, "acme", first.PlatformAccount)
	require.Equal(t, "prod", first.Feeds.Environment)
	require.Equal(t, "preprod", second.Feeds.Environment)
	require.Equal(t, "asapp-pre_prod-acme-exports-us-east-1", second.Feeds.S3.Bucket)
	require.NotEqual(t, first.Feeds.KeyFingerprint, second.Feeds.KeyFingerprint)
	require.JSONEq(t, `{"s3":{"accessKeyId":"`+canary+`-k2","secretAccessKey":"`+canary+`-s2"}}`, string(s.opened(t, strings.TrimPrefix(f.at, "/v1/accounts/"), second.ID)))

	again := s.call(t, "POST", f.at+"/sources/import", body(nil), "Idempotency-Key", "import-1")
	require.Equal(t, 201, again.status)
	require.JSONEq(t, string(a.body), string(again.body))
	require.Equal(t, 1, fetched, "the link of a repeat may have lapsed")

	count := func() int {
		var all httpapi.List[httpapi.SourceView]
		s.call(t, "GET", f.at+"/sources", "").into(t, &all)
		return len(all.Items)
	}
	before := count()
	file := func(text string) map[string]any {
		return map[string]any{"link": nil, "file": encryptedTo(t, pair.Public, text)}
	}
	for name, c := range map[string]struct {
		changes        map[string]any
		location, says string
	}{
		"expired link":                      {map[string]any{"link": links.URL + "/file?X-Amz-Signature=" + canary + "-lapsed"}, "body.link", "ask for a new link"},
		"wrong key for the credential file": {map[string]any{"privateKey": other.Private}, "body.privateKey", "not to this key"},
		"wrong passphrase":                  {map[string]any{"passphrase": "another passphrase"}, "body.passphrase", "does not open"},
		"truncated record":                  {file(twoLines + "\n" + canary + "-k3\t" + canary), "body.file", "line 3 of the credential file has 2 cells"},
		"truncated file":                    {map[string]any{"link": nil, "file": encryptedTo(t, pair.Public, twoLines)[:200]}, "body.file", "cut short"},
		"not OpenPGP":                       {map[string]any{"link": nil, "file": []byte(twoLines)}, "body.file", "no message that OpenPGP encrypted"},
		"neither link nor file":             {map[string]any{"link": nil}, "body.file", "give either link or file"},
		"no company in the bucket's name":   {file(twoLines + "\nk\ts\tanother-bucket"), "body.platformAccount", "the company is needed"},
	} {
		t.Run(name, func(t *testing.T) {
			a := s.call(t, "POST", f.at+"/sources/import", body(c.changes))
			require.Equal(t, 422, a.status, "%s", a.body)
			require.Equal(t, c.location, a.problem(t).Errors[0].Location, "%s", a.body)
			require.Contains(t, string(a.body), c.says)
			require.Equal(t, before, count(), "nothing is half imported")
		})
	}
	require.NotContains(t, s.seen.String(), "PRIVATE KEY")
	require.NotContains(t, s.log.String(), "PRIVATE KEY")
	for _, v := range made.Items {
		require.Equal(t, 204, s.call(t, "DELETE", f.at+"/sources/"+v.ID, "").status)
	}
}

func encryptedTo(t *testing.T, public, text string) []byte {
	t.Helper()
	key, err := pgp.ParseKey(public)
	require.NoError(t, err)
	var out bytes.Buffer
	w, err := pgp.Encrypt(&out, []*pgp.Key{key}, pgp.Message{Now: time.Now()})
	require.NoError(t, err)
	_, err = io.WriteString(w, text)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return out.Bytes()
}
