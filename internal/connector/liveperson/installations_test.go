package liveperson

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
)

func TestInstallations(t *testing.T) {
	c := startCloud(t)
	apps := NewInstallations(c.account)
	made, err := apps.Create(t.Context(), json.RawMessage(`{"client_name":"Channel","grant_types":["client_credentials"],"scope":"msg.consumer","new_member":{"kept":[1]},
		"capabilities":{"webhooks":{"ms.MessagingEventNotification.ContentEvent":{"endpoint":"https://example.com/x"},"retry":{"retention_time":3600}}}}`))
	require.NoError(t, err)
	require.NotEmpty(t, made.ClientID)
	require.NotEmpty(t, made.Secret.Reveal())
	require.True(t, made.Enabled)
	require.Equal(t, "Channel", made.Name)
	require.NotContains(t, fmt.Sprintf("%+v %s", made, made.Manifest), made.Secret.Reveal())

	read, err := apps.Get(t.Context(), made.ClientID)
	require.NoError(t, err)
	require.Equal(t, made.Secret, read.Secret)
	require.NotEmpty(t, read.Revision)
	require.Contains(t, string(read.Manifest), `"new_member":{"kept":[1]}`)

	read.Enabled, read.Name = false, "Renamed"
	changed, err := apps.Update(t.Context(), read)
	require.NoError(t, err)
	require.False(t, changed.Enabled)
	require.Equal(t, "Renamed", changed.Name)
	require.Equal(t, made.Secret, changed.Secret)
	require.Contains(t, string(changed.Manifest), `"new_member":{"kept":[1]}`)

	_, err = apps.Update(t.Context(), read)
	require.True(t, fault.Is(err, fault.Conflict), "it was read before the change: %v", err)
	require.True(t, fault.Is(apps.Delete(t.Context(), read), fault.Conflict))

	all, err := apps.List(t.Context())
	require.NoError(t, err)
	require.Len(t, all, 1)
	require.Equal(t, changed.ClientID, all[0].ClientID)
	require.NotEmpty(t, all[0].Revision)

	changed, err = apps.Get(t.Context(), made.ClientID)
	require.NoError(t, err)
	require.NoError(t, apps.Delete(t.Context(), changed))
	_, err = apps.Get(t.Context(), made.ClientID)
	require.True(t, fault.Is(err, fault.NotFound), "%v", err)
}

func TestAManifestThatIsRefused(t *testing.T) {
	c := startCloud(t)
	apps := NewInstallations(c.account)
	_, err := apps.Create(t.Context(), json.RawMessage(`{"client_name":"x","capabilities":{"webhooks":{"ms.MessagingEventNotification.ContentEvent":{"endpoint":"http://plain"}}}}`))
	require.True(t, fault.Is(err, fault.InvalidSpec), "%v", err)
	require.ErrorContains(t, err, "manifest: ")
	all, err := apps.List(t.Context())
	require.NoError(t, err)
	require.Empty(t, all)
}
