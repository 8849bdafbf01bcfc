package credfile

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/pgp"
)

// A record that we issue is one that we import.
func TestIssue(t *testing.T) {
	ours, others := keys(t)
	to, err := pgp.ParseKey(ours.Public)
	require.NoError(t, err)
	whole := Record{AccessKeyID: "AKIA", SecretAccessKey: "s/+e=", Bucket: "wfm-exports", Prefix: "feeds/acme"}
	for _, r := range []Record{whole, {AccessKeyID: "AKIA", SecretAccessKey: "s", Bucket: "b"}} {
		file, err := r.Issue(to, time.Now())
		require.NoError(t, err)
		require.NotContains(t, string(file), "AKIA")
		read, err := Decrypt(file, pgp.Private{Key: ours.Private, Passphrase: passphrase})
		require.NoError(t, err)
		require.Equal(t, []Record{r}, read)
		_, err = Decrypt(file, pgp.Private{Key: others.Private, Passphrase: passphrase})
		refused(t, err, "privateKey", "not to this key")
	}
	for name, c := range map[string]struct {
		edit  func(*Record)
		field string
	}{
		"no id":              {func(r *Record) { r.AccessKeyID = "" }, "accessKeyId"},
		"no secret":          {func(r *Record) { r.SecretAccessKey = "" }, "secretAccessKey"},
		"a secret of lines":  {func(r *Record) { r.SecretAccessKey = "a\nb" }, "secretAccessKey"},
		"a folder with tabs": {func(r *Record) { r.Prefix = "a\tb" }, "folder"},
	} {
		t.Run(name, func(t *testing.T) {
			r := whole
			c.edit(&r)
			_, err := r.Issue(to, time.Now())
			refused(t, err, c.field, "")
			require.NotContains(t, err.Error(), "AKIA")
		})
	}
}
