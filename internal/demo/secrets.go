package demo

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"transporter/internal/httpapi"
)

// secrets are made once for the state folder; the sandbox and the API are given the same.
type secrets struct {
	ConsumerKey    string `json:"consumerKey"`
	ConsumerSecret string `json:"consumerSecret"`
	Token          string `json:"token"`
	TokenSecret    string `json:"tokenSecret"`
	SFTPPassword   string `json:"sftpPassword"`
	Passphrase     string `json:"passphrase"` // of the receiver's private key
	LoginPassword  string `json:"loginPassword"`
}

// openSecrets reads the state's secrets, and makes those that are not there.
func openSecrets(state string) (secrets, error) {
	path := filepath.Join(state, "secrets.json")
	var s secrets
	b, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(b, &s)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return s, fmt.Errorf("read the demo's secrets: %w", err)
	}
	for _, secret := range []*string{&s.ConsumerKey, &s.ConsumerSecret, &s.Token, &s.TokenSecret, &s.SFTPPassword, &s.Passphrase, &s.LoginPassword} {
		if *secret == "" { // also of a state that an earlier version made
			*secret = rand.Text()
		}
	}
	if b, err = json.MarshalIndent(s, "", "  "); err != nil {
		return s, err
	}
	return s, os.WriteFile(path, b, 0o600)
}

// sandboxEnv gives the sandbox its side of the secrets; flags would show in the process list.
func (s secrets) sandboxEnv() []string {
	const prefix = "TRANSPORTER_SANDBOX_"
	return []string{
		prefix + "CONSUMER_KEY=" + s.ConsumerKey, prefix + "CONSUMER_SECRET=" + s.ConsumerSecret,
		prefix + "TOKEN=" + s.Token, prefix + "TOKEN_SECRET=" + s.TokenSecret,
		prefix + "SFTP_PASSWORD=" + s.SFTPPassword, prefix + "SFTP_USER=" + sftpUser,
		prefix + "LOGIN_USER=" + loginUser, prefix + "LOGIN_PASSWORD=" + s.LoginPassword,
	}
}

func (s secrets) oauth1() *httpapi.SourceCredentials {
	return &httpapi.SourceCredentials{OAuth1: &httpapi.OAuth1{
		ConsumerKey: httpapi.SecretValue(s.ConsumerKey), ConsumerSecret: httpapi.SecretValue(s.ConsumerSecret),
		Token: httpapi.SecretValue(s.Token), TokenSecret: httpapi.SecretValue(s.TokenSecret),
	}}
}

func (s secrets) login() *httpapi.SourceCredentials {
	return &httpapi.SourceCredentials{Login: &httpapi.SourceLogin{
		Username: httpapi.SecretValue(loginUser), Password: httpapi.SecretValue(s.LoginPassword),
	}}
}
