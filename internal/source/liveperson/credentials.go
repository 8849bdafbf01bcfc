package liveperson

import (
	"encoding/json"

	"transporter/internal/fault"
	"transporter/internal/seal"
)

// Credentials are those of an API key of the platform account. In the console they
// are called App key, Secret, Access token and Access token secret.
type Credentials struct {
	ConsumerKey    seal.Secret `json:"consumerKey"`
	ConsumerSecret seal.Secret `json:"consumerSecret"`
	Token          seal.Secret `json:"token"`
	TokenSecret    seal.Secret `json:"tokenSecret"`
}

// ParseCredentials reads the JSON object that a source's secret opens to and checks
// that nothing is missing; its errors are fault.InvalidSpec and repeat no value.
func ParseCredentials(data []byte) (Credentials, error) {
	var c Credentials
	if err := json.Unmarshal(data, &c); err != nil {
		return Credentials{}, fault.New(fault.InvalidSpec, "not a JSON object of text values").WithField("credentials").
			WithFix("give consumerKey, consumerSecret, token and tokenSecret")
	}
	return c, c.validate()
}

func (c Credentials) validate() error {
	for _, f := range []struct {
		value       seal.Secret
		name, label string
	}{
		{c.ConsumerKey, "consumerKey", "App key"},
		{c.ConsumerSecret, "consumerSecret", "Secret"},
		{c.Token, "token", "Access token"},
		{c.TokenSecret, "tokenSecret", "Access token secret"},
	} {
		if f.value.Reveal() == "" {
			return fault.New(fault.InvalidSpec, "missing").WithField("credentials.oauth1."+f.name).
				WithFix("copy the %q of the API key from the platform's console", f.label)
		}
	}
	return nil
}

// values returns every value that must not appear in an error.
func (c Credentials) values() []string {
	return []string{c.ConsumerKey.Reveal(), c.ConsumerSecret.Reveal(), c.Token.Reveal(), c.TokenSecret.Reveal()}
}
