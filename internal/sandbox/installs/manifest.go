// Package installs holds the apps that are installed in accounts: what an app's manifest may say,
// and the registry of installations with its revision.
package installs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// Manifest is what an app says about itself (Connector API, "Getting started": the manifest).
// Members that it does not name are kept as they are.
type Manifest struct {
	Name         string       `json:"client_name"`
	DisplayName  string       `json:"display_name"`
	Description  string       `json:"description"`
	Grants       []string     `json:"grant_types"`
	Responses    []string     `json:"response_types"`
	Redirects    []string     `json:"redirect_uris"`
	Scope        string       `json:"scope"`
	Logo         string       `json:"logo_uri"`
	Enabled      *bool        `json:"enabled"` // nil: true
	QuickLaunch  bool         `json:"quick_launch_enabled"`
	Entry        string       `json:"entry_uri"`
	Capabilities Capabilities `json:"capabilities"`

	members map[string]json.RawMessage // as they came
}

// Capabilities are what the app takes part in.
type Capabilities struct {
	Webhooks   Webhooks    `json:"webhooks"`
	Engagement *Engagement `json:"engagement"`
}

// Limits of a manifest's members, in characters (Connector API, table of the manifest).
const (
	longestName        = 128
	longestDescription = 256
	longestAddress     = 1024
)

var (
	grantTypes    = []string{"client_credentials", "authorization_code", "refresh_token"}
	responseTypes = []string{"code", "token", "id_token", "id_token token"}
)

// ParseManifest reads a manifest or a whole installation, whose members that the server assigns
// are left out. An error names the member that is wrong and says what would be right.
func ParseManifest(raw []byte) (*Manifest, error) {
	var m Manifest
	if err := json.Unmarshal(raw, &m); err != nil {
		return nil, fmt.Errorf("manifest: %w", err)
	}
	if err := json.Unmarshal(raw, &m.members); err != nil || m.members == nil {
		return nil, fmt.Errorf("manifest: must be a JSON object")
	}
	for _, name := range assigned {
		delete(m.members, name)
	}
	return &m, m.check()
}

func (m *Manifest) check() error {
	if m.Name == "" {
		return fmt.Errorf("client_name: is required")
	}
	for _, t := range []struct {
		name, value string
		most        int
	}{
		{"client_name", m.Name, longestName},
		{"display_name", m.DisplayName, longestName},
		{"description", m.Description, longestDescription},
		{"scope", m.Scope, longestName},
		{"logo_uri", m.Logo, longestAddress},
		{"entry_uri", m.Entry, longestAddress},
	} {
		if n := len([]rune(t.value)); n > t.most {
			return fmt.Errorf("%s: has %d characters, at most %d are allowed", t.name, n, t.most)
		}
	}
	for _, uri := range m.Redirects {
		if n := len([]rune(uri)); n > longestName {
			return fmt.Errorf("redirect_uris: one has %d characters, at most %d are allowed", n, longestName)
		}
	}
	if err := oneOf("grant_types", m.Grants, grantTypes); err != nil {
		return err
	}
	if err := oneOf("response_types", m.Responses, responseTypes); err != nil {
		return err
	}
	if err := m.Capabilities.Webhooks.check(); err != nil {
		return err
	}
	return m.Capabilities.Engagement.check()
}

func oneOf(member string, values, allowed []string) error {
	for _, v := range values {
		if !slices.Contains(allowed, v) {
			return fmt.Errorf("%s: %q is not one of %s", member, v, strings.Join(allowed, ", "))
		}
	}
	return nil
}

// secure reports whether the endpoint can be posted to over TLS.
func secure(endpoint string) bool {
	u, err := url.Parse(endpoint)
	return err == nil && strings.HasPrefix(endpoint, "https://") && u.Host != ""
}

// write returns the manifest's members with others put over them, in the order of their names.
func (m *Manifest) write(over map[string]any) ([]byte, error) {
	all := make(map[string]any, len(m.members)+len(over))
	for name, value := range m.members {
		all[name] = value
	}
	maps.Copy(all, over)
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(all)
	return bytes.TrimSpace(b.Bytes()), err
}
