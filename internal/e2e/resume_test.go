package e2e

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/apiclient"
	"transporter/internal/fault"
	"transporter/internal/httpapi"
)

// What was fetched and rendered is not made again: a run that is red at its destination is
// finished, once that is repaired, without a call to the source.
func TestResumeCostsNoSourceCall(t *testing.T) {
	t.Parallel()
	s := start(t, options{})
	for _, c := range []struct {
		name   string
		broken func(*httpapi.Destination)
		kind   fault.Kind
		repair func(*testing.T, *brand, *httpapi.Destination)
	}{
		{
			name:   "the login is refused",
			broken: func(d *httpapi.Destination) { d.Credentials = password("an old password") },
			kind:   fault.AuthFailed,
			repair: func(_ *testing.T, b *brand, d *httpapi.Destination) { d.Credentials = b.sftpBody().Credentials },
		}, {
			name:   "the folder does not exist",
			broken: func(d *httpapi.Destination) { d.Fields["directory"] = directory(*d) + "/incoming" },
			kind:   fault.NotFound,
			repair: func(t *testing.T, b *brand, d *httpapi.Destination) {
				require.NoError(t, os.Mkdir(filepath.Join(b.sftp.root, directory(*d)), 0o750))
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := s.brand(t)
			body := b.sftpBody()
			body.Fields["directory"] = b.directory
			c.broken(&body)
			b.replace(t, body)
			x := spec("msg.messages", "jsonl")
			x.Destinations = b.legs("out")
			w := s.before(24*time.Hour, time.Hour)
			red := b.run(t, b.task(t, x), w)
			require.Equal(t, "failed", red.Outcome)
			require.Equal(t, string(c.kind), red.ErrorKind, red.Error)
			require.Empty(t, b.files(t, b.partner))

			calls, delivered := s.calls(t), b.contents(t, b.cloud)
			c.repair(t, b, &body)
			b.replace(t, body)
			green := b.resume(t, red.ID)
			require.Equal(t, "delivered", green.Outcome, green.Error)
			require.Equal(t, calls, s.calls(t), "the source is not asked again")
			require.Equal(t, delivered, b.contents(t, b.cloud), "the delivered leg is left alone")
			want := s.world(t, byEnd, w).messages()
			require.NotEmpty(t, want)
			require.Equal(t, want, b.rows(t, green, b.cloud))
			b.directory = directory(body)
			require.Equal(t, want, b.rows(t, green, b.partner))
		})
	}
}

// directory is where files of an SFTP destination go.
func directory(d httpapi.Destination) string { return d.Fields["directory"].(string) }

// replace changes the brand's SFTP destination.
func (b *brand) replace(t *testing.T, d httpapi.Destination) {
	t.Helper()
	_, err := b.api.Destinations(b.account).Replace(t.Context(), b.partner, d, apiclient.Write{})
	require.NoError(t, err)
}
