package connector

import (
	"context"
	"encoding/json"

	"transporter/internal/seal"
)

// Installations are the apps that are installed at a platform account. It is safe for concurrent
// use. Errors are fault.Errors; an installation that is not there is fault.NotFound.
type Installations interface {
	// List returns all, of every kind of app. Their Revision is the list's.
	List(ctx context.Context) ([]Installation, error)
	// Get returns one with its revision.
	Get(ctx context.Context, clientID string) (Installation, error)
	// Create installs an app; the platform names it and gives it a secret. It is not idempotent.
	Create(ctx context.Context, manifest json.RawMessage) (Installation, error)
	// Update writes the manifest, with its name and whether it is enabled, in place of what is
	// there. An installation that has changed since it was read is fault.Conflict.
	Update(ctx context.Context, i Installation) (Installation, error)
	// Delete uninstalls an app; one that has changed since it was read is fault.Conflict.
	Delete(ctx context.Context, i Installation) error
}

// Installation is an app at a platform account.
type Installation struct {
	ClientID string
	Secret   seal.Secret // signs webhooks, and gets tokens
	Enabled  bool
	Name     string          // client_name
	Manifest json.RawMessage // the whole object as the platform has it, but for the secret
	Revision string          // at which it was read: ac-revision
}
