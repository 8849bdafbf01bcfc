package gcs

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/url"
	"os"
	"time"

	"cloud.google.com/go/auth"
	"cloud.google.com/go/auth/credentials"
	"cloud.google.com/go/auth/httptransport"
	"cloud.google.com/go/compute/metadata"
	"google.golang.org/api/option"
	"google.golang.org/api/storage/v1"

	"transporter/internal/fault"
)

const (
	// scope is the right to read and write objects, whatever else the account may do.
	scope = "https://www.googleapis.com/auth/devstorage.read_write"
	// keyFileVariable names a key file of the worker's own identity
	// (docs.cloud.google.com/docs/authentication/application-default-credentials).
	keyFileVariable = "GOOGLE_APPLICATION_CREDENTIALS"
)

// open makes the clients. Tokens are asked for when the first request needs one.
func (c Config) open() (*Destination, error) {
	identity, err := c.identity()
	if err != nil {
		return nil, err
	}
	d := &Destination{config: c, plain: noRedirects(c.HTTP), login: noRedirects(c.HTTP)}
	if err := httptransport.AddAuthorizationMiddleware(d.login, identity); err != nil {
		return nil, err
	}
	d.api, err = storage.NewService(context.Background(), option.WithHTTPClient(d.login), option.WithEndpoint(c.Endpoint+"/storage/v1/"))
	return d, err
}

// noRedirects returns a copy of the client that follows no redirect: the API makes none, and
// 308 is how it says that an upload is not whole yet.
func noRedirects(c *http.Client) *http.Client {
	same := *c
	same.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &same
}

// identity is the service account whose key was given, or the worker's own identity: the
// key file of its environment, else what the metadata service of its machine says. All of
// them are asked through the guarded client, so that the operator must have allowed the
// metadata service.
//
// Of a tenant only keys of service accounts are taken: other kinds of credentials name
// programs, files and addresses that the worker would use.
func (c Config) identity() (*auth.Credentials, error) {
	options := &credentials.DetectOptions{Scopes: []string{scope}, Client: c.HTTP}
	switch {
	case c.ServiceAccount != nil:
		key := []byte(c.ServiceAccount.Reveal())
		found, err := credentials.NewCredentialsFromJSON(credentials.ServiceAccount, key, options)
		if err != nil || !holdsKey(key) {
			return nil, badField("credentials.serviceAccount", "is not the key of a service account").
				WithFix("give the JSON file as Google made it: it has type service_account, client_email, private_key and token_uri")
		}
		return found, nil
	case os.Getenv(keyFileVariable) != "":
		found, err := credentials.DetectDefault(options)
		if err != nil {
			return nil, fault.New(fault.AuthFailed, "read the worker's own key file: %w", err).WithField("credentials").
				WithFix("correct %s of the worker, or give the destination a service account", keyFileVariable)
		}
		return found, nil
	}
	machine := &machineIdentity{metadata.NewClient(c.HTTP)}
	return auth.NewCredentials(&auth.CredentialsOptions{TokenProvider: auth.NewCachedTokenProvider(machine, nil)}), nil
}

// holdsKey reports whether the JSON holds a private key that can be read (RFC 5208) and an
// address to ask for tokens, which Google's library finds out only when it first needs them.
func holdsKey(text []byte) bool {
	var file struct {
		PrivateKey string `json:"private_key"`
		TokenURI   string `json:"token_uri"`
	}
	if json.Unmarshal(text, &file) != nil {
		return false
	}
	if u, err := url.Parse(file.TokenURI); err != nil || u.User != nil || u.Host == "" && file.TokenURI != "" {
		return false
	}
	block, _ := pem.Decode([]byte(file.PrivateKey))
	if block == nil {
		return false
	}
	_, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	return err == nil
}

// machineIdentity is the service account of the machine, from its metadata service
// (docs.cloud.google.com/compute/docs/access/authenticate-workloads#applications).
type machineIdentity struct{ client *metadata.Client }

// Token asks for a token; no answer is fault.AuthFailed.
func (m *machineIdentity) Token(ctx context.Context) (*auth.Token, error) {
	text, err := m.client.GetWithContext(ctx, "instance/service-accounts/default/token?scopes="+url.QueryEscape(scope))
	if err != nil {
		return nil, fault.New(fault.AuthFailed, "the worker has no identity at Google: %w", err).WithField("credentials").
			WithFix("give the key of a service account, or run the worker with an identity and allow its metadata service: --allow 169.254.169.254:80")
	}
	var answer struct {
		Token   string `json:"access_token"`
		Type    string `json:"token_type"`
		Expires int64  `json:"expires_in"` // seconds
	}
	if err := json.Unmarshal([]byte(text), &answer); err != nil || answer.Token == "" {
		return nil, fault.New(fault.AuthFailed, "the metadata service gave no token").WithField("credentials")
	}
	return &auth.Token{
		Value: answer.Token, Type: answer.Type, Expiry: time.Now().Add(time.Duration(answer.Expires) * time.Second),
		Metadata: map[string]any{"auth.google.tokenSource": "compute-metadata"}, // of the library's own source
	}, nil
}
