package main

import (
	"strings"
	"unicode"

	"github.com/spf13/pflag"

	"transporter/internal/destination/kind"
	"transporter/internal/httpapi"
)

// addKindFlags adds a flag for every field of every kind of destination, and one for each
// credential that people have as a file.
func addKindFlags(set *pflag.FlagSet) {
	for _, f := range kind.Fields() {
		name, usage := flagName(f.Field), flagUsage(f)
		switch f.Type {
		case kind.Integer:
			set.Int(name, 0, usage)
		case kind.Boolean:
			set.Bool(name, false, usage)
		case kind.Integers:
			set.IntSlice(name, nil, usage)
		case kind.List:
			set.StringArray(name, nil, usage+"; may be repeated")
		case kind.Map:
			set.StringArray(name, nil, usage+"; as NAME=VALUE, may be repeated")
		default:
			set.String(name, "", usage)
		}
	}
	for _, f := range kind.Secrets() {
		if f.File {
			set.String(flagName(f.Field), "", flagUsage(f))
		}
	}
}

// flagName returns host-key for hostKeys: of a list, each flag is one entry.
func flagName(f kind.Field) string {
	var b strings.Builder
	for _, r := range f.Name {
		if unicode.IsUpper(r) {
			b.WriteByte('-')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	if f.Type == kind.List || f.Type == kind.Map {
		return strings.TrimSuffix(b.String(), "s")
	}
	return b.String()
}

func flagUsage(f kind.Shared) string {
	usage := strings.TrimRight(f.Doc, ".,")
	if f.File {
		usage += " (a file)"
	}
	if f.Default != "" {
		usage += " (default " + f.Default + ")"
	}
	return usage
}

// kindFields returns the fields whose flags were given, as in JSON.
func (a *app) kindFields(set *pflag.FlagSet) (map[string]any, error) {
	fields := map[string]any{}
	for _, f := range kind.Fields() {
		if !set.Changed(flagName(f.Field)) {
			continue
		}
		value, err := a.flagValue(set, f.Field)
		if err != nil {
			return nil, err
		}
		fields[f.Name] = value
	}
	return fields, nil
}

func (a *app) flagValue(set *pflag.FlagSet, f kind.Field) (any, error) {
	name := flagName(f)
	switch f.Type {
	case kind.Integer:
		return set.GetInt(name)
	case kind.Boolean:
		return set.GetBool(name)
	case kind.Integers:
		return set.GetIntSlice(name)
	case kind.List:
		return set.GetStringArray(name)
	case kind.Map:
		lines, err := set.GetStringArray(name)
		if err != nil {
			return nil, err
		}
		return pairs(name, lines)
	}
	text, err := set.GetString(name)
	if err != nil || !f.File {
		return text, err
	}
	content, err := a.read(text)
	return string(content), err
}

// pairs reads NAME=VALUE.
func pairs(flag string, lines []string) (map[string]string, error) {
	out := map[string]string{}
	for _, line := range lines {
		name, value, ok := strings.Cut(line, "=")
		if !ok || name == "" {
			return nil, usagef("--%s is %q: write NAME=VALUE", flag, line)
		}
		out[name] = value
	}
	return out, nil
}

// kindSecrets adds the credentials that flags name files of.
func (a *app) kindSecrets(set *pflag.FlagSet, into map[string]httpapi.Secret) (map[string]httpapi.Secret, error) {
	for _, f := range kind.Secrets() {
		name := flagName(f.Field)
		if !f.File || !set.Changed(name) {
			continue
		}
		content, err := a.read(set.Lookup(name).Value.String())
		if err != nil {
			return nil, err
		}
		if into == nil {
			into = map[string]httpapi.Secret{}
		}
		into[f.Name] = httpapi.SecretValue(string(content))
	}
	return into, nil
}
