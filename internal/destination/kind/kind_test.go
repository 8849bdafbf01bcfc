package kind

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"transporter/internal/fault"
)

// fromJSON returns the value as encoding/json would decode it.
func fromJSON(t require.TestingT, value any) map[string]any {
	text, err := json.Marshal(value)
	require.NoError(t, err)
	var out map[string]any
	require.NoError(t, json.Unmarshal(text, &out))
	return out
}

// example returns the fields and credentials of the kind's own example.
func example(t require.TestingT, k Kind) (map[string]any, Given) {
	fields, given := map[string]any{}, Given{}
	for _, f := range k.Fields {
		if f.Example != nil {
			fields[f.Name] = f.Example
		}
	}
	for _, f := range k.Secrets {
		if f.Example != nil {
			given[f.Name] = true
		}
	}
	return fromJSON(t, fields), given
}

func TestKindsAreDescribedWhole(t *testing.T) {
	types, common := map[string]Type{}, []string{"id", "kind", "description", "verify", "credentials", "where", "version", "createdAt", "updatedAt"}
	for _, k := range kinds {
		t.Run(k.Name, func(t *testing.T) {
			require.Regexp(t, `\.$`, k.Doc)
			require.NotNil(t, k.Place)
			for _, f := range append(slices.Clone(k.Fields), k.Secrets...) {
				require.NotEmpty(t, f.Doc, f.Name)
				require.NotContains(t, common, f.Name, "a field of every destination")
			}
			for _, f := range k.Fields {
				if known, ok := types[f.Name]; ok {
					require.Equal(t, known, f.Type, "%s has one type in all kinds, so that one flag serves", f.Name)
				}
				types[f.Name] = f.Type
			}
		})
	}
}

func TestExamplesAreRight(t *testing.T) {
	for _, k := range kinds {
		t.Run(k.Name, func(t *testing.T) {
			fields, given := example(t, k)
			v, err := k.Parse(fields, given)
			require.NoError(t, err)
			require.NotEmpty(t, k.Place(v))
			require.Equal(t, fields, fromJSON(t, k.Show(v)))
		})
	}
}

func TestParseRefuses(t *testing.T) {
	for _, c := range []struct {
		name, kind string
		change     map[string]any
		given      Given
		field      string
		says       string
	}{
		{"field of another kind", "store", map[string]any{"host": "h"}, nil, "host", "a destination of kind store has no such field (take it away; there are prefix)"},
		{"credentials of a kind without", "store", nil, Given{"password": true}, "credentials.password", "there are none"},
		{"unknown credential", "sftp", nil, Given{"token": true}, "credentials.token", "password, privateKey, passphrase"},
		{"missing", "sftp", map[string]any{"host": nil}, nil, "host", "a destination of kind sftp needs it"},
		{"empty counts as missing", "sftp", map[string]any{"hostKeys": []any{}}, nil, "hostKeys", "needs it"},
		{"no text", "sftp", map[string]any{"host": 7.0}, nil, "host", "must be a string (such as \"sftp.example.com\")"},
		{"no number", "sftp", map[string]any{"port": "22"}, nil, "port", "whole number"},
		{"half a number", "sftp", map[string]any{"port": 22.5}, nil, "port", "whole number"},
		{"port out of range", "sftp", map[string]any{"port": 65536.0}, nil, "port", "between 1 and 65535"},
		{"no boolean", "sftp", map[string]any{"commands": "yes"}, nil, "commands", "true or false"},
		{"no list", "sftp", map[string]any{"hostKeys": "ssh-ed25519 AAAA"}, nil, "hostKeys", "must be a list"},
		{"two lines in one entry", "sftp", map[string]any{"hostKeys": []any{"ssh-ed25519 AAAA\nssh-rsa BBBB"}}, nil, "hostKeys[0]", "one line"},
		{"no host key", "sftp", map[string]any{"hostKeys": []any{"AAAA"}}, nil, "hostKeys[0]", "ssh-keyscan"},
		{"neither password nor key", "sftp", nil, Given{}, "credentials", "either a password or a private key"},
		{"both", "sftp", nil, Given{"password": true, "privateKey": true}, "credentials", "either"},
		{"passphrase of nothing", "sftp", nil, Given{"password": true, "passphrase": true}, "credentials.passphrase", "private key"},
		{"key that nothing uses", "s3", map[string]any{"sse": "AES256"}, nil, "kmsKeyId", "aws:kms"},
		{"unknown encryption", "s3", map[string]any{"sse": "aes"}, nil, "sse", "none, AES256, aws:kms"},
		{"half a key", "s3", nil, Given{"accessKeyId": true}, "credentials", "or neither"},
		{"no address", "s3", map[string]any{"endpoint": "store.example.com"}, nil, "endpoint", "https://"},
		{"user in an address", "gcs", map[string]any{"endpoint": "https://a@b"}, nil, "endpoint", "credentials"},
		{"other scheme", "http", map[string]any{"url": "ftp://a/b"}, nil, "url", "https"},
		{"a URL for all files", "http", map[string]any{"url": "https://files.example.com/in"}, nil, "url", "put {name} into the URL"},
		{"unknown field of a file", "http", map[string]any{"parameters": map[string]any{"p": "{rowz}"}}, nil, "parameters.p", "{rows}"},
		{"header of two lines", "http", map[string]any{"headers": map[string]any{"X": "1\r\nEvil: 2"}}, nil, "headers.X", "visible"},
		{"header of ours", "http", map[string]any{"headers": map[string]any{"host": "x"}}, nil, "headers.host", "itself"},
		{"login in a header of ours", "http", map[string]any{"authHeader": "Host"}, nil, "authHeader", "itself"},
		{"type of a form", "http", map[string]any{"headers": map[string]any{"content-type": "x/y"}}, nil, "headers.content-type", "of its own"},
		{"name in no form", "http", map[string]any{"form": nil}, nil, "formField", "no form"},
		{"status that refuses", "http", map[string]any{"accept": []any{404.0}}, nil, "accept[0]", "between 200 and 299"},
		{"header without a name", "http", map[string]any{"authHeader": nil}, nil, "authHeader", "together"},
		{"no object", "http", map[string]any{"headers": []any{}}, nil, "headers", "object of strings"},
		{"number in an object", "http", map[string]any{"headers": map[string]any{"X": 1.0}}, nil, "headers.X", "string"},
		{"token missing", "http", nil, Given{}, "credentials.token", "auth header needs it"},
		{"password for nothing", "http", nil, Given{"token": true, "password": true}, "credentials.password", "does not use it"},
		{"no address of a person", "email", map[string]any{"to": []any{"a@b", "Bob <bob@b>"}}, nil, "to[1]", "name@example.com"},
		{"days of no link", "email", map[string]any{"link": false}, nil, "linkDays", "no links"},
		{"subject of two lines", "email", map[string]any{"subject": "a\r\nBcc: b@c"}, nil, "subject", "one line"},
		{"unknown field of a delivery", "email", map[string]any{"body": "{name}"}, nil, "body", "{files}"},
		{"too many days", "email", map[string]any{"linkDays": 29.0}, nil, "linkDays", "between 1 and 28"},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := kinds[slices.IndexFunc(kinds, func(k Kind) bool { return k.Name == c.kind })]
			fields, _ := example(t, k)
			maps.Copy(fields, c.change)
			_, err := k.Parse(fields, c.given)
			require.True(t, fault.Is(err, fault.InvalidSpec), "%v", err)
			require.ErrorContains(t, err, c.field+": ")
			require.ErrorContains(t, err, c.says)
		})
	}
}

func TestParseNamesEverythingThatIsWrong(t *testing.T) {
	_, err := sftpKind.Parse(map[string]any{"prefix": "x", "port": "y"}, nil)
	for _, field := range []string{"prefix: ", "host: ", "port: ", "user: ", "hostKeys: "} {
		require.ErrorContains(t, err, field)
	}
}

// What is shown can be sent back and is kept as it was.
func TestShownValuesParseBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.SampledFrom(kinds).Draw(t, "kind")
		k.Check = nil
		fields := map[string]any{}
		for _, f := range k.Fields {
			if f.Required || rapid.Bool().Draw(t, f.Name+" is there") {
				fields[f.Name] = f.draw(t)
			}
		}
		v, err := k.Parse(fromJSON(t, fields), nil)
		require.NoError(t, err)
		again, err := k.Parse(fromJSON(t, k.Show(v)), nil)
		require.NoError(t, err)
		require.Equal(t, v, again)
		for name, value := range fromJSON(t, fields) {
			require.Equal(t, value, fromJSON(t, k.Show(v))[name])
		}
	})
}

func (f Field) draw(t *rapid.T) any {
	line := rapid.StringMatching(`[ -~äß€]{1,60}`)
	number := rapid.IntRange(f.Min, f.Max)
	switch f.Type {
	case Integer:
		return number.Draw(t, f.Name)
	case Boolean:
		return rapid.Bool().Draw(t, f.Name)
	case List:
		return rapid.SliceOfN(line, 1, 4).Draw(t, f.Name)
	case Integers:
		return rapid.SliceOfN(number, 1, 4).Draw(t, f.Name)
	case Map:
		return rapid.MapOfN(line, rapid.String(), 1, 4).Draw(t, f.Name)
	}
	if len(f.Enum) > 0 {
		return rapid.SampledFrom(f.Enum).Draw(t, f.Name)
	}
	return line.Draw(t, f.Name)
}
