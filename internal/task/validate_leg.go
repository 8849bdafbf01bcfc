package task

import (
	"errors"
	"fmt"

	"transporter/internal/fault"
)

// MaxVerify is the highest verification level a task may ask for: read back and hashed.
const MaxVerify = 3

// checkLegs checks each leg by itself, and that no two write the same files.
func (s Spec) checkLegs(p *problems, check func(field string, leg Leg)) {
	if len(s.Destinations) == 0 {
		p.refuse("destinations", "the task delivers nowhere").WithFix("name at least one destination")
	}
	if len(s.Destinations) > MaxLegs {
		p.refuse("destinations", "%d destinations are too many", len(s.Destinations)).WithFix("name at most %d", MaxLegs)
		return
	}
	names := map[string]string{} // what a leg would write → field of the leg
	for i, leg := range s.Destinations {
		field := index("destinations", i)
		check(field, leg)
		first := s.checkNames(p, field, leg)
		if first == "" {
			continue
		}
		if leg.Destination == "" { // not chosen yet
			continue
		}
		key := leg.Destination + "\x00" + leg.Path + "\x00" + first
		if other, taken := names[key]; taken {
			p.refuse(field, "this leg writes the same files to the same place as %s", other).
				WithFix("give it another path, fileName or feed, or remove it")
			continue
		}
		names[key] = field
	}
}

func (l Leg) check(p *problems, field string, r Rules) {
	checkID(p, field+".destination", "destination", l.Destination, r.Destinations)
	l.checkPlace(p, field)
	l.Encryption.check(p, field+".encryption", r)
	if l.Verify != nil && (*l.Verify < 0 || *l.Verify > MaxVerify) {
		p.refuse(field+".verify", "there is no verification level %d", *l.Verify).
			WithFix("use 0 (sent), 1 (size), 2 (hash) or 3 (bytes), or leave it out for the best offered")
	}
}

// checkPlace checks where below the destination files lie.
func (l Leg) checkPlace(p *problems, field string) {
	if err := CheckPath(l.Path); l.Path != "" && err != nil {
		p.refuse(field+".path", "%w", err).WithFix(`write folders below the destination's own, such as "reports/daily"`)
	}
	if l.Layout != "" {
		p.oneOf(field+".layout", "layout", l.Layout, LayoutFlat, LayoutPartitioned)
	}
}

func (e Encryption) check(p *problems, field string, r Rules) {
	if e.Mode == "" {
		p.refuse(field+".mode", "the encryption is missing").
			WithFix(`say "pgp" with the keys of the receivers; "none" sends clear files on purpose`)
		return
	}
	p.oneOf(field+".mode", "encryption", e.Mode, EncryptPGP, EncryptNone)
	if e.Mode == EncryptPGP && len(e.Keys) == 0 {
		p.refuse(field+".keys", "OpenPGP needs a key").WithFix("give the id of at least one key of this account")
	}
	if e.Mode == EncryptNone && len(e.Keys) > 0 {
		p.refuse(field+".keys", "there are keys, but the encryption is none").WithFix(`say "pgp" or remove the keys`)
	}
	if e.Mode == EncryptNone && (e.Armor || e.Sign) {
		option := map[bool]string{true: ".armor", false: ".sign"}[e.Armor]
		p.refuse(field+option, "it belongs to OpenPGP, but the encryption is none").WithFix(`say "pgp" or remove it`)
	} else if e.Sign && r.Keys != nil && !r.Signs {
		p.refuse(field+".sign", "the account has no key to sign with").WithFix("make one: starter signer make")
	}
	seen := map[string]bool{}
	for i, k := range e.Keys {
		at := index(field+".keys", i)
		checkID(p, at, "key", k, r.Keys)
		if seen[k] {
			p.refuse(at, "key %q is listed twice", clip(k)).WithFix("list each key once")
		}
		seen[k] = true
	}
}

// checkNames returns a name that only this leg may write, empty when its names are refused.
func (s Spec) checkNames(p *problems, field string, leg Leg) string {
	names, err := leg.Names()
	if err == nil {
		err = s.checkPartition(leg)
	}
	if err == nil && names.template != nil {
		err = names.template.CheckUnique(s.Frequency.Kind)
		var e *fault.Error
		if errors.As(err, &e) && len(leg.FileNameElements) > 0 {
			err = e.WithField("fileNameElements").WithFix("choose one of from, to and fire too, or date for windows of days")
		}
	}
	if err != nil {
		p.addBelow(field, err)
		return ""
	}
	if marker := names.Marker(sampleName(s)); marker != "" {
		return marker
	}
	name := names.template.Render(sampleName(s))
	if len(name) > MaxFileName {
		p.refuse(field+".fileName", "the name would have %d bytes: %s", len(name), clip(name)).WithFix("shorten it to %d", MaxFileName)
		return ""
	}
	return name
}

func index(field string, i int) string { return fmt.Sprintf("%s[%d]", field, i) }

// addBelow notes a fault of a field, which was found without knowing where in the spec it
// lies.
func (p *problems) addBelow(field string, err error) {
	var e *fault.Error
	if errors.As(err, &e) {
		err = e.WithField(field + "." + e.Field)
	}
	p.add(err)
}
