package httpapi

import (
	"encoding/json"
	"fmt"
	"time"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/seal"
)

// Source is what people send to make a source.
type Source struct {
	Kind            string             `json:"kind" enum:"liveperson" doc:"The platform." example:"liveperson"`
	Description     string             `json:"description" minLength:"1" maxLength:"200" doc:"The name people know it by." example:"Brand site"`
	PlatformAccount string             `json:"platformAccount" pattern:"^[A-Za-z0-9_-]{1,64}$" patternDescription:"the platform's account id" doc:"The account id (site id) on the platform." example:"12345678"`
	Credentials     *SourceCredentials `json:"credentials,omitempty" doc:"Needed at creation; a replacement without them keeps those that are set."`
	Domain          string             `json:"domain,omitempty" format:"uri" maxLength:"300" doc:"Base address of the domain API; absent: the public one." example:"https://api.liveperson.net"`
	CA              string             `json:"ca,omitempty" maxLength:"65536" doc:"PEM of one more root certificate, for a private look-alike."`
	RateLimits      *RateLimits        `json:"rateLimits,omitempty" doc:"Bounds what is asked of the platform; absent: safe defaults."`
}

// RateLimits bounds what is asked of a platform account.
type RateLimits struct {
	Concurrent int     `json:"concurrent,omitempty" minimum:"0" maximum:"64" doc:"Requests at a time, of all workers together; absent or 0: 4." example:"4"`
	PerSecond  float64 `json:"perSecond,omitempty" minimum:"0" maximum:"1000" doc:"Requests a second of each worker; absent or 0: 50." example:"10"`
}

// SourceView is a source as it is shown.
type SourceView struct {
	MetaView
	Kind            string      `json:"kind" example:"liveperson"`
	PlatformAccount string      `json:"platformAccount" example:"12345678"`
	Auth            []string    `json:"auth" doc:"The kinds of credentials that are set: oauth1, login, oauth2."`
	Credentials     string      `json:"credentials" enum:"set,missing" doc:"Whether there are any; they are never shown."`
	Domain          string      `json:"domain,omitempty"`
	CA              string      `json:"ca,omitempty"`
	RateLimits      *RateLimits `json:"rateLimits,omitempty"`
	Tested          *Tested     `json:"tested,omitempty" doc:"The last test; absent until there is one, and after a change."`
}

// MetaView is common to everything an account owns.
type MetaView struct {
	ID          string    `json:"id" example:"01JD40K7M5Q3ZB1A9C8E7G6J4K"`
	Description string    `json:"description"`
	Version     int       `json:"version" doc:"Counts changes; the ETag." example:"1"`
	CreatedAt   time.Time `json:"createdAt"`
	UpdatedAt   time.Time `json:"updatedAt"`
}

func viewMeta(m account.Meta) MetaView {
	return MetaView{ID: m.ID, Description: m.Description, Version: m.Version, CreatedAt: m.CreatedAt, UpdatedAt: m.UpdatedAt}
}

var sources = resource[Source, account.Source, SourceView]{
	one: "source", many: "sources",
	body:  "A source is a platform account that can be read. Its credentials are sealed at once and never shown.",
	all:   func(a account.Snapshot) map[string]account.Source { return a.Sources },
	meta:  func(x account.Source) account.Meta { return x.Meta },
	stamp: func(x *account.Source, m account.Meta) { x.Meta = m },
	view:  viewSource,
	build: (*Server).buildSource,
	put:   contract.UpdatePutSource,
	putIn: func(_ *Server, w contract.Write, x account.Source) any {
		return contract.PutSourceIn{Write: w, Source: x}
	},
	remove: contract.UpdateDeleteSource,
}

func viewSource(_ *Server, x account.Source) SourceView {
	v := SourceView{
		MetaView: viewMeta(x.Meta), Kind: x.Kind, PlatformAccount: x.PlatformAccount, Auth: x.Kinds(),
		Credentials: credentialState(x.Secret), Domain: x.Domain, CA: x.CA,
		Tested: viewTested(x.Tested),
	}
	if x.RateLimits != nil {
		v.RateLimits = &RateLimits{Concurrent: x.RateLimits.Concurrent, PerSecond: x.RateLimits.PerSecond}
	}
	return v
}

func (s *Server) buildSource(snap account.Snapshot, b Source, old *account.Source) (account.Source, error) {
	x := account.Source{
		Meta: account.Meta{Description: b.Description}, Kind: b.Kind, PlatformAccount: b.PlatformAccount,
		Domain: b.Domain, CA: b.CA,
	}
	if b.RateLimits != nil {
		x.RateLimits = &account.RateLimits{Concurrent: b.RateLimits.Concurrent, PerSecond: b.RateLimits.PerSecond}
	}
	if b.Credentials == nil && old != nil {
		x.Credentials = old.Credentials
		return x, nil
	}
	var err error
	if x.Secret, x.Credentials, err = s.sealCredentials(snap.ID, b.Credentials); err != nil || old == nil {
		return x, err
	}
	return x, keepsReadable(snap, old.ID, x)
}

// sealSecrets resolves the secrets and closes them as one JSON object; those not given are
// left out, and none at all is no secret.
func (s *Server) sealSecrets(accountID, prefix string, secrets map[string]Secret) (account.Sealed, error) {
	clear, err := s.resolveSecrets(prefix, secrets)
	if err != nil || len(clear) == 0 {
		return account.Sealed{}, err
	}
	return s.sealObject(accountID, clear)
}

// resolveSecrets returns the values of the secrets that are given.
func (s *Server) resolveSecrets(prefix string, secrets map[string]Secret) (map[string]string, error) {
	clear := map[string]string{}
	for name, secret := range secrets {
		if secret.IsZero() {
			continue
		}
		value, err := s.cfg.Secrets.resolve(prefix+name, secret)
		if err != nil {
			return nil, err
		}
		clear[name] = value.Reveal()
	}
	return clear, nil
}

// sealObject closes the value as JSON: only workers can open it.
func (s *Server) sealObject(accountID string, clear any) (account.Sealed, error) {
	object, err := json.Marshal(clear)
	if err != nil {
		return account.Sealed{}, fmt.Errorf("encode secrets: %w", err)
	}
	sealed, err := seal.Close(s.cfg.Seal, accountID, object)
	if err != nil {
		return account.Sealed{}, fmt.Errorf("seal secrets: %w", err)
	}
	return sealed, nil
}

func credentialState(x account.Sealed) string {
	if len(x.Data) > 0 {
		return "set"
	}
	return "missing"
}
