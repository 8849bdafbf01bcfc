package httpapi

import (
	"errors"
	"strings"
	"time"

	"transporter/internal/account"
	"transporter/internal/alert"
	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/pgp"
)

// Key is what people send to add a receiver's public key.
type Key struct {
	Description string     `json:"description" minLength:"1" maxLength:"200" doc:"The name people know it by." example:"WFM vendor, 2026"`
	Armored     string     `json:"armored" minLength:"1" maxLength:"65536" doc:"The OpenPGP public key in ASCII armour. Never a private key. A key that its owner has revoked is taken only as a replacement of itself, and is not used any more."`
	NotBefore   *time.Time `json:"notBefore,omitempty" doc:"Not used before; absent: at once."`
	NotAfter    *time.Time `json:"notAfter,omitempty" doc:"Not used after; absent: until the key's own end."`
	Successor   *Successor `json:"successor,omitempty" doc:"The key that takes over from this one, in every task that names this one. Absent: none."`
}

// Successor says which key takes over from another, and when.
type Successor struct {
	Key    string     `json:"key" minLength:"1" maxLength:"64" doc:"Id of another key of the account." example:"01JD41M2N3P4Q5R6S7T8V9W0X1"`
	From   *time.Time `json:"from,omitempty" doc:"From then on files are for both keys; absent: from now on." example:"2026-11-20T00:00:00Z"`
	Switch time.Time  `json:"switch" doc:"From then on files are for the successor alone. Not before from, and not after this key ends." example:"2026-12-01T00:00:00Z"`
}

// KeyView is a key as it is shown.
type KeyView struct {
	MetaView
	Fingerprint string     `json:"fingerprint" example:"9A4F0C1D2E3B4A5968778695A4B3C2D1E0F90817"`
	Algorithm   string     `json:"algorithm" example:"rsa4096"`
	Expires     *time.Time `json:"expires,omitempty" doc:"The key's own end."`
	NotBefore   *time.Time `json:"notBefore,omitempty"`
	NotAfter    *time.Time `json:"notAfter,omitempty"`
	Revoked     bool       `json:"revoked,omitempty"`
	Successor   *Successor `json:"successor,omitempty"`
	Armored     string     `json:"armored" doc:"The public key."`
}

var keys = resource[Key, account.Key, KeyView]{
	one: "key", many: "keys",
	body: "A key is the OpenPGP public key of a receiver; files are encrypted to it. Make one with " +
		"`starter key generate`: the private key never leaves the machine.",
	all:    func(a account.Snapshot) map[string]account.Key { return a.Keys },
	meta:   func(x account.Key) account.Meta { return x.Meta },
	stamp:  func(x *account.Key, m account.Meta) { x.Meta = m },
	view:   viewKey,
	build:  (*Server).buildKey,
	put:    contract.UpdatePutKey,
	putIn:  func(_ *Server, w contract.Write, x account.Key) any { return contract.PutKeyIn{Write: w, Key: x} },
	remove: contract.UpdateDeleteKey,
}

func viewKey(_ *Server, x account.Key) KeyView {
	v := KeyView{
		MetaView: viewMeta(x.Meta), Fingerprint: x.Fingerprint, Algorithm: x.Algorithm,
		NotBefore: x.NotBefore, NotAfter: x.NotAfter, Revoked: x.Revoked, Armored: x.Armored,
	}
	if next := x.Successor; next != nil {
		v.Successor = &Successor{Key: next.Key, From: &next.From, Switch: next.Switch}
	}
	if k, err := pgp.ParseKey(x.Armored); err == nil && !k.Expires().IsZero() {
		end := k.Expires()
		v.Expires = &end
	}
	return v
}

// buildKey refuses a key that cannot be used. A revoked one is taken in the place of itself
// alone: that is how its owner's revocation is made known, and no run uses it from then on,
// whatever copy of it comes later.
func (s *Server) buildKey(snap account.Snapshot, b Key, old *account.Key) (account.Key, error) {
	if b.NotBefore != nil && b.NotAfter != nil && !b.NotAfter.After(*b.NotBefore) {
		return account.Key{}, fault.New(fault.InvalidSpec, "it is not after notBefore").WithField("notAfter")
	}
	key, err := pgp.ParseKey(b.Armored)
	if err != nil {
		return account.Key{}, inField("armored", err)
	}
	now := s.cfg.Now()
	revoked := old != nil && old.Fingerprint == key.Fingerprint() && (old.Revoked || key.Revoked(now))
	if err := key.Fitness(now); err != nil && !revoked {
		return account.Key{}, inField("armored", err)
	}
	built := account.Key{
		Meta: account.Meta{Description: b.Description}, Armored: strings.TrimSpace(b.Armored) + "\n",
		Fingerprint: key.Fingerprint(), Algorithm: key.Algorithm(), NotBefore: b.NotBefore, NotAfter: b.NotAfter,
		Revoked: revoked,
	}
	if b.Successor != nil {
		built.Successor, err = successorOf(snap, built, *b.Successor, now)
	}
	return built, err
}

// successorOf checks that somebody can read the files at every moment: the old key up to
// the switch, the new one from the beginning of their overlap on.
func successorOf(snap account.Snapshot, old account.Key, b Successor, now time.Time) (*account.Successor, error) {
	refuse := func(field, format string, args ...any) (*account.Successor, error) {
		return nil, fault.New(fault.InvalidSpec, format, args...).WithField("successor." + field)
	}
	next, ok := snap.Keys[b.Key]
	if !ok {
		return refuse("key", "this account has no key %q", b.Key)
	}
	out := &account.Successor{Key: b.Key, From: now.UTC(), Switch: b.Switch.UTC()}
	if b.From != nil {
		out.From = b.From.UTC()
	}
	if out.Switch.Before(out.From) {
		return refuse("switch", "it is before from, %s", out.From.Format(time.RFC3339))
	}
	ends := alert.KeyEnds(account.Snapshot{Keys: map[string]account.Key{"old": old, "new": next}})
	if end, ok := ends["old"]; ok && end.Before(out.Switch) {
		return refuse("switch", "the key ends before it, on %s", end.Format(time.RFC3339))
	}
	if end, ok := ends["new"]; ok && !end.After(out.Switch) {
		return refuse("key", "key %s ends on %s, before it would be the only one", b.Key, end.Format(time.RFC3339))
	}
	if next.Revoked {
		return refuse("key", "key %s is revoked", b.Key)
	}
	if next.NotBefore != nil && next.NotBefore.After(out.From) {
		return refuse("from", "key %s begins later, on %s", b.Key, next.NotBefore.Format(time.RFC3339))
	}
	return out, nil
}

// inField names the field of the request that a fault of a lower layer is about.
func inField(field string, err error) error {
	var f *fault.Error
	if !errors.As(err, &f) || f.Field != "" {
		return err
	}
	located := *f
	located.Field = field
	return &located
}
