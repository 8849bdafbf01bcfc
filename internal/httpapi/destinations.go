package httpapi

import (
	"cmp"
	"encoding/json"
	"strings"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/destination/kind"
	"transporter/internal/fault"
)

// Destination is what people send to make a destination. In JSON it is flat: the fields of
// its kind, which package kind describes, stand beside the common ones.
type Destination struct {
	Kind        string
	Description string
	Verify      string            // "best-effort", or empty
	Fields      map[string]any    // the kind's own, as in JSON
	Credentials map[string]Secret // nil: those that are kept stay
}

// destinationHead is the part of a destination that every kind has.
type destinationHead struct {
	Kind        string            `json:"kind"`
	Description string            `json:"description"`
	Verify      string            `json:"verify,omitempty"`
	Credentials map[string]Secret `json:"credentials,omitempty"`
}

// MarshalJSON writes the flat form; like Secret's it is called only where a request is sent.
func (d Destination) MarshalJSON() ([]byte, error) {
	return flat(destinationHead{d.Kind, d.Description, d.Verify, d.Credentials}, d.Fields)
}

// UnmarshalJSON reads the flat form. Fields holds whatever is not common: Parse of the kind
// refuses what is unknown there.
func (d *Destination) UnmarshalJSON(b []byte) error {
	var head destinationHead
	fields, err := unflat(b, &head, "kind", "description", "verify", "credentials")
	*d = Destination{head.Kind, head.Description, head.Verify, fields, head.Credentials}
	return err
}

// DestinationView is a destination as it is shown; flat in JSON as Destination is.
type DestinationView struct {
	destinationViewHead
	Fields map[string]any
}

// destinationViewHead is the part of a view that every kind has.
type destinationViewHead struct {
	MetaView
	Kind        string  `json:"kind" example:"sftp"`
	Where       string  `json:"where,omitempty" doc:"Where files go, in one line." example:"transporter@sftp.example.com:22 /incoming"`
	Verify      string  `json:"verify,omitempty"`
	Credentials string  `json:"credentials,omitempty" enum:"set,missing,none" doc:"Whether there are any, for kinds that take them; none: it works without. They are never shown."`
	Tested      *Tested `json:"tested,omitempty" doc:"The last test; absent until there is one, and after a change."`
}

// MarshalJSON writes the flat form.
func (v DestinationView) MarshalJSON() ([]byte, error) { return flat(v.destinationViewHead, v.Fields) }

// UnmarshalJSON reads the flat form.
func (v *DestinationView) UnmarshalJSON(b []byte) (err error) {
	v.Fields, err = unflat(b, &v.destinationViewHead,
		"id", "description", "version", "createdAt", "updatedAt", "kind", "where", "verify", "credentials", "tested")
	return err
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
	v := DestinationView{destinationViewHead: destinationViewHead{MetaView: viewMeta(x.Meta), Kind: x.Kind, Verify: x.Verify, Tested: viewTested(x.Tested)}}
	k, ok := kind.Get(x.Kind)
	if !ok {
		return v
	}
	v.Where, v.Fields = k.Place(x.Config), k.Show(x.Config)
	if len(k.Secrets) > 0 {
		v.Credentials = credentialState(x.Secret)
	}
	if v.Credentials == "missing" && (k.Check == nil || k.Check(x.Config, kind.Given{}) == nil) {
		v.Credentials = "none"
	}
	return v
}

func (s *Server) buildDestination(snap account.Snapshot, b Destination, old *account.Destination) (account.Destination, error) {
	x := account.Destination{Meta: account.Meta{Description: b.Description}, Kind: b.Kind, Verify: b.Verify}
	k, ok := kind.Get(b.Kind)
	switch {
	case !ok:
		return x, fault.New(fault.InvalidSpec, "there is no such kind").WithField("kind").
			WithFix("write one of %s", strings.Join(kind.Names(), ", "))
	case old != nil && old.Kind != b.Kind:
		return x, fault.New(fault.InvalidSpec, "a destination keeps its kind, which is %s", old.Kind).WithField("kind").
			WithFix("create a new destination and move the tasks to it")
	}
	var err error
	if x.Config, err = k.Parse(b.Fields, b.given(old == nil)); err != nil {
		return x, err
	}
	if err := s.keptLongEnough(x); err != nil {
		return x, err
	}
	if old != nil {
		if err := cmp.Or(keepsLinks(snap, old.ID, x), keepsNames(snap, old.ID, x)); err != nil {
			return x, err
		}
	}
	x.Secret, err = s.sealSecrets(snap.ID, "credentials.", b.Credentials)
	return x, err
}

// given names the credentials that came; a new destination keeps none.
func (d Destination) given(creating bool) kind.Given {
	if d.Credentials == nil && !creating {
		return nil
	}
	given := kind.Given{}
	for name, secret := range d.Credentials {
		given[name] = !secret.IsZero()
	}
	return given
}

// flat returns the members of head, then the fields, as one JSON object.
func flat(head any, fields map[string]any) ([]byte, error) {
	text, err := json.Marshal(head)
	if err != nil || len(fields) == 0 {
		return text, err
	}
	rest, err := json.Marshal(fields)
	if err != nil {
		return nil, err
	}
	text[len(text)-1] = ',' // every head has members
	return append(text, rest[1:]...), nil
}

// unflat reads the common members into head and returns the others.
func unflat(b []byte, head any, common ...string) (map[string]any, error) {
	if err := json.Unmarshal(b, head); err != nil {
		return nil, err
	}
	var fields map[string]any
	err := json.Unmarshal(b, &fields)
	for _, name := range common {
		delete(fields, name)
	}
	return fields, err
}
