package httpapi

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"

	"transporter/internal/fault"
	"transporter/internal/seal"

	"github.com/danielgtaylor/huma/v2"
)

const (
	// maxSecret bounds a secret: the longest are private keys of a few KiB.
	maxSecret = 64 << 10
	// DefaultSecretEnv is the beginning of the names of variables that may be referred to:
	// a caller must not be able to send any variable of the server to a host of their own.
	DefaultSecretEnv = "TRANSPORTER_SECRET_"
)

// Secret is a credential in a request: its value, or a reference that the server resolves
// when it is written. It prints as "***".
type Secret struct {
	value seal.Secret
	env   string
	file  string
}

// SecretValue returns a secret given as its value.
func SecretValue(v string) Secret { return Secret{value: seal.Secret(v)} }

// SecretEnv returns a reference to a variable of the server.
func SecretEnv(name string) Secret { return Secret{env: name} }

// SecretFile returns a reference to a file in the server's folder of secrets.
func SecretFile(name string) Secret { return Secret{file: name} }

// IsZero reports whether the secret was not given.
func (s Secret) IsZero() bool { return s == Secret{} }

// String prints no secret.
func (s Secret) String() string { return "***" }

// GoString prints no secret.
func (s Secret) GoString() string { return "***" }

// MarshalJSON writes the form that the server reads; it is called only where a request is
// sent, never for an answer or a log.
func (s Secret) MarshalJSON() ([]byte, error) {
	switch {
	case s.env != "":
		return json.Marshal(map[string]string{"env": s.env})
	case s.file != "":
		return json.Marshal(map[string]string{"file": s.file})
	}
	return json.Marshal(s.value.Reveal())
}

// UnmarshalJSON reads a string, {"env": "NAME"} or {"file": "name"}.
func (s *Secret) UnmarshalJSON(b []byte) error {
	var text string
	if json.Unmarshal(b, &text) == nil {
		*s = SecretValue(text)
		return nil
	}
	var ref struct{ Env, File string }
	if err := json.Unmarshal(b, &ref); err != nil || (ref.Env == "") == (ref.File == "") {
		return errors.New(secretForms)
	}
	*s = Secret{env: ref.Env, file: ref.File}
	return nil
}

// Schema describes the three forms.
func (Secret) Schema(huma.Registry) *huma.Schema {
	text := func(doc, example string) *huma.Schema {
		one := 1
		return &huma.Schema{Type: huma.TypeString, MinLength: &one, Description: doc, Examples: []any{example}}
	}
	ref := func(name string, s *huma.Schema) *huma.Schema {
		return &huma.Schema{
			Type: huma.TypeObject, Properties: map[string]*huma.Schema{name: s},
			Required: []string{name}, AdditionalProperties: false,
		}
	}
	limit := maxSecret
	value := text("The secret itself.", "s3cr3t-value")
	value.MaxLength = &limit
	return &huma.Schema{
		Description: "A secret: its value, or a reference that the server resolves now. It is sealed at once and never returned.",
		OneOf: []*huma.Schema{
			value,
			ref("env", text("A variable of the api process; its name begins with the prefix that the operator allows.", DefaultSecretEnv+"SFTP")),
			ref("file", text("A file in the folder that the operator allows.", "sftp-password")),
		},
		Examples: []any{map[string]any{"env": DefaultSecretEnv + "SFTP"}},
	}
}

// SecretSources is where references of secrets may point.
type SecretSources struct {
	Getenv    func(string) (string, bool)
	EnvPrefix string
	Dir       string // empty: no files
}

// resolve returns the value of the secret; the field names it in errors.
func (src SecretSources) resolve(field string, s Secret) (seal.Secret, error) {
	switch {
	case s.env != "":
		if !strings.HasPrefix(s.env, src.EnvPrefix) {
			return "", fault.New(fault.InvalidSpec, "the variable %q may not be read", s.env).
				WithField(field).WithFix("use a name that begins with %s", src.EnvPrefix)
		}
		v, ok := src.Getenv(s.env)
		if !ok || v == "" {
			return "", fault.New(fault.InvalidSpec, "the variable %q is not set in the api process", s.env).
				WithField(field).WithFix("set it and start the api again, or send the value")
		}
		return seal.Secret(v), nil
	case s.file != "":
		return src.file(field, s.file)
	}
	return s.value, nil
}

// file reads a secret below the allowed folder; os.Root refuses to leave it, by dots or by
// links.
func (src SecretSources) file(field, name string) (seal.Secret, error) {
	if src.Dir == "" {
		return "", fault.New(fault.InvalidSpec, "the server reads no secrets from files").
			WithField(field).WithFix("start the api with --secrets-dir, or send the value")
	}
	root, err := os.OpenRoot(src.Dir)
	if err != nil {
		return "", fault.New(fault.InvalidSpec, "the folder of secrets cannot be opened").
			WithField(field).WithFix("see --secrets-dir of the api")
	}
	defer func() { _ = root.Close() }()
	f, err := root.Open(name)
	if err != nil {
		return "", fault.New(fault.InvalidSpec, "the file %q cannot be read in the folder of secrets", name).
			WithField(field).WithFix("give a name relative to that folder, of a file that the api may read")
	}
	defer func() { _ = f.Close() }()
	b, err := io.ReadAll(io.LimitReader(f, maxSecret+1))
	if err != nil || len(b) == 0 || len(b) > maxSecret {
		return "", fault.New(fault.InvalidSpec, "the file %q does not hold 1 to %d bytes", name, maxSecret).WithField(field)
	}
	return seal.Secret(strings.TrimSuffix(strings.TrimSuffix(string(b), "\n"), "\r")), nil
}
