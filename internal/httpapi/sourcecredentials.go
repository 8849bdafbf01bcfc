package httpapi

import (
	"strings"

	"transporter/internal/account"
	"transporter/internal/fault"
	"transporter/internal/source/access"
)

// SourceCredentials are the credentials of a source, of one kind or of several: each of the
// platform's APIs is read with the kind that it takes.
type SourceCredentials struct {
	OAuth1 *OAuth1      `json:"oauth1,omitempty" doc:"The four values of an API key of the platform, which signs every request (OAuth 1.0a). Most APIs take it, and it is preferred."`
	Login  *SourceLogin `json:"login,omitempty" doc:"A user of the platform, with a password, or an API user, with the four values of an API key."`
	OAuth2 *SourceApp   `json:"oauth2,omitempty" doc:"An app that is installed in the account, to which the platform issues tokens (OAuth 2.0)."`

	S3           *FeedKeys    `json:"s3,omitempty" doc:"Of asapp: the keys of the bucket, the first two cells of the credential file."`
	SFTP         *FeedLogin   `json:"sftp,omitempty" doc:"Of asapp: the user of the SFTP server."`
	FileExporter *FeedAPIKey  `json:"fileExporter,omitempty" doc:"Of asapp: the API id and secret."`
	Decrypt      []DecryptKey `json:"decrypt,omitempty" maxItems:"8" doc:"Of asapp: OpenPGP private keys, where files are exported encrypted (.enc)."`
}

// OAuth1 is an API key (RFC 5849).
type OAuth1 struct {
	ConsumerKey    Secret `json:"consumerKey" doc:"App key."`
	ConsumerSecret Secret `json:"consumerSecret" doc:"App secret."`
	Token          Secret `json:"token" doc:"Access token."`
	TokenSecret    Secret `json:"tokenSecret" doc:"Access token secret."`
}

// SourceLogin is a user who logs in.
type SourceLogin struct {
	Username          Secret `json:"username" doc:"The login name."`
	Password          Secret `json:"password,omitzero" doc:"Of a user; absent for an API user."`
	AppKey            Secret `json:"appKey,omitzero" doc:"Of an API user: the app key."`
	Secret            Secret `json:"secret,omitzero" doc:"Of an API user: the app secret."`
	AccessToken       Secret `json:"accessToken,omitzero" doc:"Of an API user: the access token."`
	AccessTokenSecret Secret `json:"accessTokenSecret,omitzero" doc:"Of an API user: the access token secret."`
}

// SourceApp is an installed app (RFC 6749, client credentials).
type SourceApp struct {
	ClientID     Secret `json:"clientId" doc:"client_id of the app."`
	ClientSecret Secret `json:"clientSecret" doc:"client_secret of the app."`
}

// byKind returns the values of the kinds that are given.
func (c *SourceCredentials) byKind() map[string]map[string]Secret {
	all := map[string]map[string]Secret{}
	if c == nil {
		return all
	}
	if k := c.OAuth1; k != nil {
		all[access.OAuth1] = map[string]Secret{
			"consumerKey": k.ConsumerKey, "consumerSecret": k.ConsumerSecret, "token": k.Token, "tokenSecret": k.TokenSecret,
		}
	}
	if l := c.Login; l != nil {
		all[access.Login] = map[string]Secret{
			"username": l.Username, "password": l.Password,
			"appKey": l.AppKey, "secret": l.Secret, "accessToken": l.AccessToken, "accessTokenSecret": l.AccessTokenSecret,
		}
	}
	if a := c.OAuth2; a != nil {
		all[access.OAuth2] = map[string]Secret{"clientId": a.ClientID, "clientSecret": a.ClientSecret}
	}
	return all
}

// check refuses a login that has neither a password nor all four values of a key, or both.
func (c *SourceCredentials) check() error {
	if c == nil || c.Login == nil {
		return nil
	}
	l, key := c.Login, 0
	for _, s := range []Secret{l.AppKey, l.Secret, l.AccessToken, l.AccessTokenSecret} {
		if !s.IsZero() {
			key++
		}
	}
	if !l.Password.IsZero() && key == 0 || l.Password.IsZero() && key == 4 {
		return nil
	}
	return fault.New(fault.InvalidSpec, "a login needs a password, or all values of an API key, not both").WithField("credentials.login.password").
		WithFix("give password for a user, or appKey, secret, accessToken and accessTokenSecret for an API user")
}

// sealCredentials closes what was given as one JSON object, kind by kind, and returns the kinds.
func (s *Server) sealCredentials(accountID string, c *SourceCredentials) (account.Sealed, []string, error) {
	given := c.byKind()
	if len(given) == 0 {
		return account.Sealed{}, nil, fault.New(fault.InvalidSpec, "a source needs credentials").WithField("credentials").
			WithFix("give one or more of %s; %s is what most APIs take", strings.Join(access.Kinds, ", "), access.OAuth1)
	}
	if err := c.check(); err != nil {
		return account.Sealed{}, nil, err
	}
	var kinds []string
	clear := map[string]map[string]string{}
	for _, kind := range access.Kinds {
		if given[kind] == nil {
			continue
		}
		values, err := s.resolveSecrets("credentials."+kind+".", given[kind])
		if err != nil {
			return account.Sealed{}, nil, err
		}
		kinds, clear[kind] = append(kinds, kind), values
	}
	sealed, err := s.sealObject(accountID, clear)
	return sealed, kinds, err
}
