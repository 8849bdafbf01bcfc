package credfile

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
	"transporter/internal/pgp"
	"transporter/internal/realtest"
)

const (
	record     = "AKIAEXAMPLE\twJalr/secret+key\tasapp-prod-acme-exports-us-east-1\texports"
	passphrase = "ten characters or more"
)

// Shapes of the record that §2 of the conventions leaves open all mean the same.
func TestParse(t *testing.T) {
	t.Parallel()
	plain := Record{"AKIAEXAMPLE", "wJalr/secret+key", "asapp-prod-acme-exports-us-east-1", "exports"}
	whole := plain
	whole.Prefix = ""
	other := Record{"AKIAOTHER", "s", "b", ""}
	for name, c := range map[string]struct {
		text string
		want []Record
	}{
		"one line":                {record + "\n", []Record{plain}},
		"no final newline":        {record, []Record{plain}},
		"CRLF":                    {record + "\r\n", []Record{plain}},
		"no sub-folder":           {strings.TrimSuffix(record, "\texports"), []Record{whole}},
		"an empty sub-folder":     {strings.TrimSuffix(record, "exports"), []Record{whole}},
		"a sub-folder of a slash": {strings.TrimSuffix(record, "exports") + "/", []Record{whole}},
		"slashes at its ends":     {strings.Replace(record, "\texports", "\t/exports/", 1), []Record{plain}},
		"an s3:// URI":            {strings.Replace(record, "asapp-", "s3://asapp-", 1), []Record{plain}},
		"a URI with a slash":      {strings.Replace(record, "us-east-1", "us-east-1/", 1), []Record{plain}},
		"the folder twice":        {strings.Replace(record, "us-east-1\t", "us-east-1/exports\t", 1), []Record{plain}},
		"a URI with the folder":   {strings.Replace(record, "us-east-1\texports", "us-east-1/exports/", 1), []Record{plain}},
		"a line of titles":        {"id\tsecret\tbucket\tsub-folder\n" + record, []Record{plain}},
		"several lines":           {record + "\n\nAKIAOTHER\ts\tb\n", []Record{plain, other}},
		"a byte order mark":       {"\ufeff" + record, []Record{plain}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Parse(c.text)
			require.NoError(t, err)
			require.Equal(t, c.want, got)
		})
	}
	for name, c := range map[string]struct{ text, says string }{
		"truncated record":           {"AKIAEXAMPLE\twJalr/sec", "line 1 of the credential file has 2 cells"},
		"truncated in the last line": {record + "\nAKIAOTHER", "line 2 of the credential file has 1 cells"},
		"too many cells":             {record + "\tmore", "has 5 cells"},
		"an empty cell":              {"AKIAEXAMPLE\t\tb", "line 1 of the credential file has an empty cell"},
		"two folders":                {strings.Replace(record, "us-east-1\t", "us-east-1/others\t", 1), "names two folders"},
		"an https address":           {strings.Replace(record, "asapp-", "https://asapp-", 1), "no name of a bucket"},
		"no record":                  {"id\tsecret\tbucket\n\n", "holds no record"},
		"too many records":           {strings.Repeat(record+"\n", maxRecords+1), "at most 20"},
		"spaces in place of tabs":    {"AKIAEXAMPLE secret bucket", "has 1 cells"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse(c.text)
			refused(t, err, "file", c.says)
		})
	}
}

func refused(t *testing.T, err error, field, says string) {
	t.Helper()
	var said *fault.Error
	require.ErrorAs(t, err, &said)
	require.Equal(t, fault.InvalidSpec, said.Kind, "%v", err)
	require.Equal(t, field, said.Field, "%v", err)
	require.ErrorContains(t, err, says)
	for _, secret := range []string{"AKIA", "wJalr", passphrase, "X-Amz", "sig"} {
		require.NotContains(t, err.Error(), secret)
	}
}

var pairs = sync.OnceValues(func() (pair [2]*pgp.KeyPair, err error) {
	for i := range pair {
		pair[i], err = pgp.GenerateKey(pgp.Options{Name: "Acme", Email: "acme@example.com", Passphrase: passphrase, Algorithm: "ed25519", Now: time.Now()})
	}
	return pair, err
})

// keys returns the customer's key pair, and somebody else's.
func keys(t testing.TB) (ours, others *pgp.KeyPair) {
	t.Helper()
	pair, err := pairs()
	require.NoError(t, err)
	return pair[0], pair[1]
}

func encrypted(t testing.TB, text string, armor bool) []byte {
	t.Helper()
	ours, _ := keys(t)
	public, err := pgp.ParseKey(ours.Public)
	require.NoError(t, err)
	var out bytes.Buffer
	w, err := pgp.Encrypt(&out, []*pgp.Key{public}, pgp.Message{Now: time.Now(), Armor: armor})
	require.NoError(t, err)
	_, err = io.WriteString(w, text)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return out.Bytes()
}

// Every way in which the file does not open is told apart.
func TestDecrypt(t *testing.T) {
	t.Parallel()
	ours, others := keys(t)
	file := encrypted(t, record, false)
	ourKey := pgp.Private{Key: ours.Private, Passphrase: passphrase}
	for name, got := range map[string][]byte{"binary": file, "armored": encrypted(t, record, true)} {
		t.Run(name, func(t *testing.T) {
			all, err := Decrypt(got, ourKey)
			require.NoError(t, err)
			require.Len(t, all, 1)
			require.Equal(t, "exports", all[0].Prefix)
		})
	}
	flipped := bytes.Clone(file)
	flipped[len(flipped)-5] ^= 1
	armored := encrypted(t, record, true)
	for name, c := range map[string]struct {
		file        []byte
		key         pgp.Private
		field, says string
	}{
		"wrong key for the credential file": {file, pgp.Private{Key: others.Private, Passphrase: passphrase}, "privateKey", "not to this key"},
		"wrong passphrase":                  {file, pgp.Private{Key: ours.Private, Passphrase: "another one"}, "passphrase", "does not open"},
		"a public key":                      {file, pgp.Private{Key: ours.Public}, "privateKey", "no OpenPGP private key"},
		"no key at all":                     {file, pgp.Private{Key: "hello"}, "privateKey", "--export-secret-keys"},
		"truncated file":                    {file[:len(file)-10], ourKey, "file", "cut short or damaged"},
		"truncated in its head":             {file[:40], ourKey, "file", "cut short or damaged"},
		"truncated in its armored head":     {armored[:60], ourKey, "file", "cut short or damaged"},
		"truncated armored file":            {armored[:len(armored)*3/4], ourKey, "file", "cut short or damaged"},
		"a flipped bit":                     {flipped, ourKey, "file", "cut short or damaged"},
		"truncated record":                  {encrypted(t, "AKIAEXAMPLE\twJal", false), ourKey, "file", "line 1 of the credential file has 2 cells"},
		"not OpenPGP":                       {[]byte("<html>Forbidden</html>"), ourKey, "file", "no message that OpenPGP encrypted"},
		"not encrypted":                     {[]byte(record), ourKey, "file", "no message that OpenPGP encrypted"},
		"empty":                             {nil, ourKey, "file", "no message that OpenPGP encrypted"},
		"too large":                         {make([]byte, MaxBytes+1), ourKey, "file", "longer than"},
		"too large inside":                  {encrypted(t, strings.Repeat(" ", 2*MaxBytes), false), ourKey, "file", "longer than"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Decrypt(c.file, c.key)
			refused(t, err, c.field, c.says)
		})
	}
}

// What GnuPG encrypts, as the platform does, is read.
func TestMadeByGnuPG(t *testing.T) {
	t.Parallel()
	gpg, dir := realtest.Program(t, "gpg", "gnupg"), t.TempDir()
	ours, _ := keys(t)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "public.asc"), []byte(ours.Public), 0o600))
	for _, args := range [][]string{nil, {"--armor"}} {
		c := exec.Command(gpg, append(args, "--homedir", dir, "--batch", "--trust-model", "always", "--recipient-file", filepath.Join(dir, "public.asc"), "--encrypt")...)
		c.Stdin = strings.NewReader(record + "\r\n")
		file, err := c.Output()
		require.NoError(t, err)
		all, err := Decrypt(file, pgp.Private{Key: ours.Private, Passphrase: passphrase})
		require.NoError(t, err)
		require.Equal(t, "asapp-prod-acme-exports-us-east-1", all[0].Bucket)
	}
}
