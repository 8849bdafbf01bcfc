package httpput

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/destination"
	"transporter/internal/destination/destinationtest"
	"transporter/internal/linetest"
	"transporter/internal/seal"
)

func TestContract(t *testing.T) {
	destinationtest.Run(t, func(t *testing.T) destinationtest.Peer {
		r := serve(t)
		line := linetest.New(t, r.Server.Listener.Addr().String(), 1)
		overLine := func(s destination.Settings) { s.Fields["url"] = "http://" + line.Address() + "/incoming/{name}" }
		return destinationtest.Peer{
			Destination: r.open(t, overLine, line.Address()), Direct: true, Highest: destination.Sent, Read: r.Read,
			Plant: func(t *testing.T, name string, content []byte) {
				require.NoError(t, os.WriteFile(filepath.Join(r.Folder, name), content, 0o600))
			},
			Temps: func(t *testing.T) int {
				left, err := filepath.Glob(filepath.Join(r.Folder, ".part-*"))
				require.NoError(t, err)
				return len(left)
			},
			Cut: line.Cut, Flip: line.Flip,
			Forbidden: r.open(t, func(s destination.Settings) { s.Secrets["token"] = seal.Secret("another") }),
		}
	})
}
