package httpapi

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"transporter/internal/account"
	"transporter/internal/fault"
	"transporter/internal/feed"
	"transporter/internal/pgp"
	"transporter/internal/source/access"
)

// FeedKeys are the keys of a bucket.
type FeedKeys struct {
	AccessKeyID     Secret `json:"accessKeyId" doc:"The access key id."`
	SecretAccessKey Secret `json:"secretAccessKey" doc:"The secret access key."`
}

// FeedLogin is the user of an SFTP server, who logs in with a key.
type FeedLogin struct {
	Username   Secret `json:"username" doc:"The login name: sftp and the company."`
	PrivateKey Secret `json:"privateKey" doc:"The SSH private key in PEM or OpenSSH format."`
	Passphrase Secret `json:"passphrase,omitzero" doc:"Of the private key, if it has one."`
}

// FeedAPIKey is what the File Exporter API takes.
type FeedAPIKey struct {
	APIID     Secret `json:"apiId" doc:"The value of the header asapp-api-id."`
	APISecret Secret `json:"apiSecret" doc:"The value of the header asapp-api-secret."`
}

// DecryptKey is an OpenPGP private key.
type DecryptKey struct {
	PrivateKey Secret `json:"privateKey" doc:"The armored private key."`
	Passphrase Secret `json:"passphrase,omitzero" doc:"Of the private key, if it has one."`
}

// onlyOf refuses credentials that sources of the kind do not take.
func (c *SourceCredentials) onlyOf(kind string) error {
	for _, k := range []struct {
		name, of string
		given    bool
	}{
		{access.OAuth1, account.SourceLivePerson, c.OAuth1 != nil},
		{access.Login, account.SourceLivePerson, c.Login != nil},
		{access.OAuth2, account.SourceLivePerson, c.OAuth2 != nil},
		{feed.DoorS3, account.SourceASAPP, c.S3 != nil},
		{feed.DoorSFTP, account.SourceASAPP, c.SFTP != nil},
		{feed.DoorFileExporter, account.SourceASAPP, c.FileExporter != nil},
		{access.Decrypt, account.SourceASAPP, len(c.Decrypt) > 0},
	} {
		if k.given && k.of != kind {
			return foreign("credentials."+k.name, k.of)
		}
	}
	return nil
}

// byDoor returns the values of the doors that are given.
func (c *SourceCredentials) byDoor() map[string]map[string]Secret {
	all := map[string]map[string]Secret{}
	if k := c.S3; k != nil {
		all[feed.DoorS3] = map[string]Secret{"accessKeyId": k.AccessKeyID, "secretAccessKey": k.SecretAccessKey}
	}
	if l := c.SFTP; l != nil {
		all[feed.DoorSFTP] = map[string]Secret{"username": l.Username, "privateKey": l.PrivateKey, "passphrase": l.Passphrase}
	}
	if k := c.FileExporter; k != nil {
		all[feed.DoorFileExporter] = map[string]Secret{"apiId": k.APIID, "apiSecret": k.APISecret}
	}
	return all
}

// sealFeedCredentials closes the credentials of the door, and the keys for encrypted files, into the
// source as one JSON object.
func (s *Server) sealFeedCredentials(accountID string, c *SourceCredentials, door string, x *account.Source) error {
	if err := c.onlyOf(account.SourceASAPP); err != nil {
		return err
	}
	given := c.byDoor()
	if len(given) != 1 || given[door] == nil {
		return fault.New(fault.InvalidSpec, "they are not those of the door that feeds names, and no others").WithField("credentials").WithFix("give %s", door)
	}
	values, err := s.resolveSecrets("credentials."+door+".", given[door])
	if err != nil {
		return err
	}
	clear := map[string]any{door: values}
	x.Credentials, x.Feeds.KeyFingerprint = []string{door}, keyFingerprint(values["accessKeyId"])
	if len(c.Decrypt) > 0 {
		keys, fingerprints, err := s.decryptKeys(c.Decrypt)
		if err != nil {
			return err
		}
		clear[access.Decrypt] = keys
		x.Credentials, x.Feeds.DecryptKeys = append(x.Credentials, access.Decrypt), fingerprints
	}
	x.Secret, err = s.sealObject(accountID, clear)
	return err
}

// decryptKeys resolves private keys and refuses those that cannot be unlocked.
func (s *Server) decryptKeys(given []DecryptKey) (values []map[string]string, fingerprints []string, err error) {
	for i, k := range given {
		field := fmt.Sprintf("credentials.%s[%d].", access.Decrypt, i)
		clear, err := s.resolveSecrets(field, map[string]Secret{"privateKey": k.PrivateKey, "passphrase": k.Passphrase})
		if err != nil {
			return nil, nil, err
		}
		d, err := pgp.NewDecryptor(pgp.Private{Key: clear["privateKey"], Passphrase: clear["passphrase"]})
		if err != nil {
			return nil, nil, privateKeyFault(err, field)
		}
		values, fingerprints = append(values, clear), append(fingerprints, d.Fingerprints()...)
	}
	slices.Sort(fingerprints)
	return values, slices.Compact(fingerprints), nil
}

// privateKeyFault names the field of the request that a private key does not open by.
func privateKeyFault(err error, prefix string) error {
	var said *fault.Error
	if !errors.As(err, &said) {
		return err
	}
	switch said.Field {
	case "passphrase":
		return said.WithField(prefix + "passphrase").WithFix("give the passphrase of this private key")
	default:
		return said.WithField(prefix + "privateKey").WithFix("export it with: gpg --armor --export-secret-keys FINGERPRINT")
	}
}

// fingerprintBytes of a hash tell the few keys of an account apart.
const fingerprintBytes = 8

// keyFingerprint is how people tell access keys apart without seeing them: an id has 16 random
// characters, so that nobody finds it by trying.
func keyFingerprint(accessKeyID string) string {
	if accessKeyID == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(accessKeyID))
	return "SHA256:" + hex.EncodeToString(sum[:fingerprintBytes])
}
