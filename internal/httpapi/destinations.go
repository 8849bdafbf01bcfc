package httpapi

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/fault"
)

// Kinds of destinations.
const (
	kindStore = account.KindStore
	kindSFTP  = "sftp"
)

// Keys of account.Destination.Config: the public fields of each kind.
const (
	configPrefix    = "prefix"    // store
	configHost      = "host"      // sftp, and the ones below
	configPort      = "port"      // decimal
	configDirectory = "directory" // absolute or relative to the login folder
	configUser      = "user"
	configHostKeys  = "hostKeys" // authorized_keys lines, one a line
)

const defaultSFTPPort = 22

// Destination is what people send to make a destination.
type Destination struct {
	Kind        string                  `json:"kind" enum:"store,sftp" doc:"store: the transporter's own storage. sftp: a folder of an SFTP server." example:"sftp"`
	Description string                  `json:"description" minLength:"1" maxLength:"200" doc:"The name people know it by." example:"WFM vendor"`
	Verify      string                  `json:"verify,omitempty" enum:"best-effort" doc:"best-effort: a check that the destination cannot offer is marked, not refused."`
	Prefix      string                  `json:"prefix,omitempty" maxLength:"200" doc:"store: a folder within the storage." example:"wfm"`
	Host        string                  `json:"host,omitempty" maxLength:"253" doc:"sftp: name or address." example:"sftp.example.com"`
	Port        int                     `json:"port,omitempty" minimum:"1" maximum:"65535" doc:"sftp: absent is 22." example:"22"`
	Directory   string                  `json:"directory,omitempty" maxLength:"1000" doc:"sftp: where files go." example:"/incoming"`
	User        string                  `json:"user,omitempty" maxLength:"100" doc:"sftp: who logs in." example:"transporter"`
	HostKeys    []string                `json:"hostKeys,omitempty" maxItems:"16" maxLength:"4096" doc:"sftp: the server's public keys, as ssh-keyscan prints them without the host. No other key is trusted." example:"[\"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIBJfBDEyvTHEhQH1JDwiQfRGUvA0oEmCDlOhQVGrr/L\"]"`
	Credentials *DestinationCredentials `json:"credentials,omitempty" doc:"Needed by sftp at creation; a replacement without them keeps those that are set."`
}

// DestinationCredentials are the secrets of a destination.
type DestinationCredentials struct {
	Password   Secret `json:"password,omitzero" doc:"sftp: a password, or"`
	PrivateKey Secret `json:"privateKey,omitzero" doc:"sftp: an SSH private key in PEM, with"`
	Passphrase Secret `json:"passphrase,omitzero" doc:"sftp: its passphrase if it has one."`
}

// DestinationView is a destination as it is shown.
type DestinationView struct {
	MetaView
	Kind        string   `json:"kind" example:"sftp"`
	Verify      string   `json:"verify,omitempty"`
	Prefix      string   `json:"prefix,omitempty"`
	Host        string   `json:"host,omitempty"`
	Port        int      `json:"port,omitempty"`
	Directory   string   `json:"directory,omitempty"`
	User        string   `json:"user,omitempty"`
	HostKeys    []string `json:"hostKeys,omitempty"`
	Credentials string   `json:"credentials,omitempty" enum:"set,missing" doc:"Whether there are any, for kinds that need them; they are never shown."`
}

var destinations = resource[Destination, account.Destination, DestinationView]{
	one: "destination", many: "destinations",
	body:  "A destination is a place that takes files. Its credentials are sealed at once and never shown.",
	all:   func(a account.Snapshot) map[string]account.Destination { return a.Destinations },
	meta:  func(x account.Destination) account.Meta { return x.Meta },
	stamp: func(x *account.Destination, m account.Meta) { x.Meta = m },
	view:  viewDestination,
	build: (*Server).buildDestination,
	put:   contract.UpdatePutDestination,
	putIn: func(_ *Server, w contract.Write, x account.Destination) any {
		return contract.PutDestinationIn{Write: w, Destination: x}
	},
	remove: contract.UpdateDeleteDestination,
}

func viewDestination(_ *Server, x account.Destination) DestinationView {
	v := DestinationView{
		MetaView: viewMeta(x.Meta), Kind: x.Kind, Verify: x.Verify, Prefix: x.Config[configPrefix],
		Host: x.Config[configHost], Directory: x.Config[configDirectory], User: x.Config[configUser],
	}
	v.Port, _ = strconv.Atoi(x.Config[configPort]) // ours: written by buildDestination
	if lines := x.Config[configHostKeys]; lines != "" {
		v.HostKeys = strings.Split(lines, "\n")
	}
	if x.Kind != kindStore {
		v.Credentials = credentialState(x.Secret)
	}
	return v
}

func (s *Server) buildDestination(snap account.Snapshot, b Destination, old *account.Destination) (account.Destination, error) {
	x := account.Destination{Meta: account.Meta{Description: b.Description}, Kind: b.Kind, Verify: b.Verify}
	if old != nil && old.Kind != b.Kind {
		return x, fault.New(fault.InvalidSpec, "a destination keeps its kind, which is %s", old.Kind).WithField("kind").
			WithFix("create a new destination and move the tasks to it")
	}
	if err := b.check(old == nil); err != nil {
		return x, err
	}
	x.Config = b.config()
	if b.Credentials == nil {
		return x, nil
	}
	var err error
	x.Secret, err = s.sealSecrets(snap.ID, "credentials.", map[string]Secret{
		"password": b.Credentials.Password, "privateKey": b.Credentials.PrivateKey, "passphrase": b.Credentials.Passphrase,
	})
	return x, err
}

// check refuses fields that belong to another kind and names those that are missing.
func (b Destination) check(creating bool) error {
	own := map[string][]string{kindStore: {"prefix"}, kindSFTP: {"host", "port", "directory", "user", "hostKeys", "credentials"}}
	given := map[string]bool{
		"prefix": b.Prefix != "", "host": b.Host != "", "port": b.Port != 0, "directory": b.Directory != "",
		"user": b.User != "", "hostKeys": len(b.HostKeys) > 0, "credentials": b.Credentials != nil,
	}
	for _, field := range slices.Sorted(maps.Keys(given)) {
		if given[field] && !slices.Contains(own[b.Kind], field) {
			return fault.New(fault.InvalidSpec, "a destination of kind %s has no such field", b.Kind).WithField(field).
				WithFix("take it away; its fields are %s", strings.Join(own[b.Kind], ", "))
		}
	}
	if b.Kind != kindSFTP {
		return nil
	}
	for _, field := range []string{"host", "user", "hostKeys"} {
		if !given[field] {
			return fault.New(fault.InvalidSpec, "a destination of kind sftp needs it").WithField(field)
		}
	}
	c := b.Credentials
	switch {
	case c == nil && !creating:
	case c == nil || c.Password.IsZero() == c.PrivateKey.IsZero():
		return fault.New(fault.InvalidSpec, "give either a password or a private key").WithField("credentials")
	case !c.Passphrase.IsZero() && c.PrivateKey.IsZero():
		return fault.New(fault.InvalidSpec, "a passphrase belongs to a private key").WithField("credentials.passphrase")
	}
	return b.checkHostKeys()
}

func (b Destination) checkHostKeys() error {
	for i, line := range b.HostKeys {
		if strings.ContainsAny(line, "\r\n") || len(strings.Fields(line)) < 2 {
			return fault.New(fault.InvalidSpec, "this is not a public host key").WithField("hostKeys[" + strconv.Itoa(i) + "]").
				WithFix(`write one key an entry, such as "ssh-ed25519 AAAA…": ssh-keyscan HOST prints them after the host's name`)
		}
	}
	return nil
}

func (b Destination) config() map[string]string {
	if b.Kind == kindStore {
		if b.Prefix == "" {
			return nil
		}
		return map[string]string{configPrefix: b.Prefix}
	}
	return map[string]string{
		configHost: b.Host, configPort: strconv.Itoa(cmp.Or(b.Port, defaultSFTPPort)), configDirectory: b.Directory,
		configUser: b.User, configHostKeys: strings.Join(b.HostKeys, "\n"),
	}
}
