package contract

import (
	"encoding/json"

	"transporter/internal/account"
)

// Updates of the Account entity about its apps.
const (
	UpdatePutApp    = "put-app"
	UpdateDeleteApp = "delete-app"
	UpdateLookAtApp = "look-at-app" // what the platform says of it now
)

// Activities about apps, at the platform that they are installed at.
const (
	ActivityAppApply = "app.apply" // AppApplyIn → AppApplied
	ActivityAppLook  = "app.look"  // AppLookIn → AppLookOut
)

// PutAppIn creates or replaces an app: installation and entity agree when it returns. A new app
// with a ClientID and a Secret adopts that installation, one without makes its own. An empty
// Secret keeps the stored one.
type PutAppIn struct {
	Write
	App account.App `json:"app"`
}

// DeleteAppIn removes an app.
type DeleteAppIn struct {
	DeleteIn
	// Keep leaves the installation at the platform.
	Keep bool `json:"keep,omitempty"`
}

// AppApplyIn makes the platform agree with the account's app.
type AppApplyIn struct {
	Account string      `json:"account"`
	App     account.App `json:"app"`
	Adopt   bool        `json:"adopt,omitempty"`  // the app is new, and names an installation that there is
	Remove  bool        `json:"remove,omitempty"` // no webhooks are taken any more, and it is uninstalled
	Keep    bool        `json:"keep,omitempty"`   // with Remove: it stays installed
}

// AppApplied is the installation of an app; empty after its removal.
type AppApplied struct {
	ClientID string         `json:"clientId,omitempty"`
	Secret   account.Sealed `json:"secret,omitzero"`
	Webhook  account.Sealed `json:"webhook,omitzero"`
}

// AppLookIn asks what the platform says of an app.
type AppLookIn struct {
	Account string `json:"account"`
	App     string `json:"app"`
}

// AppLookOut is the installation without its secret.
type AppLookOut struct {
	ClientID string          `json:"clientId"`
	Enabled  bool            `json:"enabled"`
	Revision string          `json:"revision"`
	Agrees   bool            `json:"agrees"`   // it is what the account's app says
	Manifest json.RawMessage `json:"manifest"` // as the platform has it
}
