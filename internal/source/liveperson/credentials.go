package liveperson

import (
	"encoding/json"
	"strings"

	"transporter/internal/fault"
	"transporter/internal/seal"
	"transporter/internal/source/access"
)

// Credentials of a platform account: of one kind or of several. Each API is read with the
// kind that it takes; see package access.
type Credentials struct {
	OAuth1 *APIKey `json:"oauth1,omitempty"`
	Login  *Login  `json:"login,omitempty"`
	OAuth2 *App    `json:"oauth2,omitempty"`
}

// APIKey is an API key of the account. In the console its values are called App key, Secret,
// Access token and Access token secret.
type APIKey struct {
	ConsumerKey    seal.Secret `json:"consumerKey"`
	ConsumerSecret seal.Secret `json:"consumerSecret"`
	Token          seal.Secret `json:"token"`
	TokenSecret    seal.Secret `json:"tokenSecret"`
}

// Login is a user of the account, who has a password; or an API user, who logs in with the four
// values of an API key (Login Service API, "User Login", "Application Login").
type Login struct {
	Username          seal.Secret `json:"username"`
	Password          seal.Secret `json:"password,omitempty"`
	AppKey            seal.Secret `json:"appKey,omitempty"`
	Secret            seal.Secret `json:"secret,omitempty"`
	AccessToken       seal.Secret `json:"accessToken,omitempty"`
	AccessTokenSecret seal.Secret `json:"accessTokenSecret,omitempty"`
}

// App is an installed app, to which the platform issues tokens (OAuth 2.0 client credentials).
type App struct {
	ClientID     seal.Secret `json:"clientId"`
	ClientSecret seal.Secret `json:"clientSecret"`
}

// ParseCredentials reads the JSON object that a source's secret opens to and checks that
// nothing is missing; its errors are fault.InvalidSpec and repeat no value. An object that has
// the values of an API key itself is of the time before there were other kinds.
func ParseCredentials(data []byte) (Credentials, error) {
	var c struct {
		Credentials
		APIKey
	}
	if err := json.Unmarshal(data, &c); err != nil {
		return Credentials{}, fault.New(fault.InvalidSpec, "not a JSON object of the kinds of credentials").WithField("credentials").
			WithFix("give one or more of %s", strings.Join(access.Kinds, ", "))
	}
	if c.Credentials == (Credentials{}) && c.APIKey != (APIKey{}) {
		c.OAuth1 = &c.APIKey
	}
	return c.Credentials, c.validate()
}

// named is a value with its name and, where the platform has another, what it is called there.
type named struct {
	name, label string
	value       seal.Secret
}

func (k *APIKey) named() []named {
	return []named{
		{"consumerKey", "App key", k.ConsumerKey},
		{"consumerSecret", "Secret", k.ConsumerSecret},
		{"token", "Access token", k.Token},
		{"tokenSecret", "Access token secret", k.TokenSecret},
	}
}

// named returns what the user logs in with: a password, or the four values.
func (l *Login) named() []named {
	if l.Password.Reveal() != "" {
		return []named{{"username", "Username", l.Username}, {"password", "Password", l.Password}}
	}
	return []named{
		{"username", "Username", l.Username},
		{"appKey", "App key", l.AppKey},
		{"secret", "Secret", l.Secret},
		{"accessToken", "Access token", l.AccessToken},
		{"accessTokenSecret", "Access token secret", l.AccessTokenSecret},
	}
}

func (a *App) named() []named {
	return []named{{"clientId", "client_id", a.ClientID}, {"clientSecret", "client_secret", a.ClientSecret}}
}

// byKind returns the values of each kind that is given.
func (c Credentials) byKind() map[string][]named {
	all := map[string][]named{}
	if c.OAuth1 != nil {
		all[access.OAuth1] = c.OAuth1.named()
	}
	if c.Login != nil {
		all[access.Login] = c.Login.named()
	}
	if c.OAuth2 != nil {
		all[access.OAuth2] = c.OAuth2.named()
	}
	return all
}

// kinds lists the kinds that are given.
func (c Credentials) kinds() (given []string) {
	all := c.byKind()
	for _, k := range access.Kinds {
		if all[k] != nil {
			given = append(given, k)
		}
	}
	return given
}

func (c Credentials) validate() error {
	given := c.kinds()
	if len(given) == 0 {
		return fault.New(fault.InvalidSpec, "missing").WithField("credentials").WithFix("give one or more of %s", strings.Join(access.Kinds, ", "))
	}
	for _, k := range given {
		for _, v := range c.byKind()[k] {
			if v.value.Reveal() == "" {
				return fault.New(fault.InvalidSpec, "missing").WithField("credentials."+k+"."+v.name).
					WithFix("copy the %q from the platform's console", v.label)
			}
		}
	}
	return nil
}

// values returns every value that must not appear in an error.
func (c Credentials) values() (all []string) {
	for _, values := range c.byKind() {
		for _, v := range values {
			all = append(all, v.value.Reveal())
		}
	}
	return all
}
