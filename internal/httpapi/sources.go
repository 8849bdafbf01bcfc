package httpapi

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/seal"
)

// Source is what people send to make a source.
type Source struct {
	Kind            string             `json:"kind" enum:"liveperson,connector,asapp" doc:"liveperson: an account of the platform. connector: the conversations that apps of the account hold, for reports of the category connector; it has a description and nothing else. asapp: the tables that ASAPP exports, for reports of the category feed." example:"liveperson"`
	Description     string             `json:"description" minLength:"1" maxLength:"200" doc:"The name people know it by." example:"Brand site"`
	PlatformAccount string             `json:"platformAccount,omitempty" pattern:"^[A-Za-z0-9_-]{1,64}$" patternDescription:"the platform's account id" doc:"The account id (site id) on the platform; of asapp: the company, as in the bucket's name. Needed by both." example:"12345678"`
	Credentials     *SourceCredentials `json:"credentials,omitempty" doc:"Needed by liveperson and asapp at creation; a replacement without them keeps those that are set."`
	Domain          string             `json:"domain,omitempty" format:"uri" maxLength:"300" doc:"Base address of the domain API; absent: the public one." example:"https://api.liveperson.net"`
	CA              string             `json:"ca,omitempty" maxLength:"65536" doc:"PEM of one more root certificate, for a private look-alike."`
	RateLimits      *RateLimits        `json:"rateLimits,omitempty" doc:"Bounds what is asked of the platform; absent: safe defaults."`
	Feeds           *Feeds             `json:"feeds,omitempty" doc:"Needed by asapp: where the tables lie."`
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
	Auth            []string    `json:"auth" doc:"The kinds of credentials that are set: oauth1, login, oauth2; of asapp: s3, sftp or fileExporter, and decrypt."`
	Credentials     string      `json:"credentials" enum:"set,missing,not needed" doc:"Whether there are any; they are never shown."`
	Domain          string      `json:"domain,omitempty"`
	CA              string      `json:"ca,omitempty"`
	RateLimits      *RateLimits `json:"rateLimits,omitempty"`
	Feeds           *FeedsView  `json:"feeds,omitempty"`
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
		MetaView: viewMeta(x.Meta), Kind: x.Kind, PlatformAccount: x.PlatformAccount, Auth: append([]string{}, x.Kinds()...),
		Credentials: credentialsOf(x), Domain: x.Domain, CA: x.CA,
		Feeds: viewFeeds(x.Feeds), Tested: viewTested(x.Tested),
	}
	if x.RateLimits != nil {
		v.RateLimits = &RateLimits{Concurrent: x.RateLimits.Concurrent, PerSecond: x.RateLimits.PerSecond}
	}
	return v
}

func (s *Server) buildSource(snap account.Snapshot, b Source, old *account.Source) (account.Source, error) {
	if old != nil && old.Kind != b.Kind {
		return account.Source{}, fault.New(fault.InvalidSpec, "a source keeps its kind").WithField("kind").WithFix("give %s, or make another source", old.Kind)
	}
	switch b.Kind {
	case account.SourceConnector:
		return ownSource(snap.ID, b)
	case account.SourceASAPP:
		return s.feedSource(snap.ID, b, old)
	}
	if err := lacksNothing(b); err != nil {
		return account.Source{}, err
	}
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

// lacksNothing refuses a platform account without its id, and what only feeds have.
func lacksNothing(b Source) error {
	switch {
	case b.PlatformAccount == "":
		return fault.New(fault.InvalidSpec, "the account id on the platform is needed").WithField("platformAccount").WithFix(`give a text such as "12345678"`)
	case b.Feeds != nil:
		return foreign("feeds", account.SourceASAPP)
	case b.Credentials != nil:
		return b.Credentials.onlyOf(b.Kind)
	}
	return nil
}

// foreign refuses a field that only sources of another kind have.
func foreign(field, kind string) error {
	return fault.New(fault.InvalidSpec, "only a source of the kind %s has it", kind).WithField(field).WithFix("leave it out, or give the kind %s", kind)
}

// ownSource is a source of the conversations that we hold for the account, and so has its id.
func ownSource(accountID string, b Source) (account.Source, error) {
	given := map[string]bool{
		"platformAccount": b.PlatformAccount != "" && b.PlatformAccount != accountID,
		"credentials":     b.Credentials != nil, "domain": b.Domain != "", "ca": b.CA != "", "rateLimits": b.RateLimits != nil, "feeds": b.Feeds != nil,
	}
	for _, field := range slices.Sorted(maps.Keys(given)) {
		if given[field] {
			return account.Source{}, fault.New(fault.InvalidSpec, "a source of our own conversations has none").WithField(field).WithFix("leave it out, or give the kind %s", account.SourceLivePerson)
		}
	}
	return account.Source{Meta: account.Meta{Description: b.Description}, Kind: b.Kind, PlatformAccount: accountID}, nil
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

func credentialsOf(x account.Source) string {
	if x.Kind == account.SourceConnector {
		return "not needed"
	}
	return credentialState(x.Secret)
}

func credentialState(x account.Sealed) string {
	if len(x.Data) > 0 {
		return "set"
	}
	return "missing"
}
