//go:build soak

package s3

import (
	"strings"
	"testing"

	"transporter/internal/destination"
	"transporter/internal/destination/destinationtest"
	"transporter/internal/linetest"
	"transporter/internal/realtest"
)

// MinIO is a second opinion on what versitygw answers. It keeps objects in files of its own
// form, so none is spoilt behind its back here, and it has but one user.
func TestContractMinIO(t *testing.T) {
	g := &gateway{realtest.StartMinIO(t)}
	for name, c := range map[string]struct {
		profile string
		want    destination.Level
	}{
		"aws, verified by hash":     {profileAWS, destination.Hash},
		"generic, verified by hash": {profileGeneric, destination.Hash},
		"generic, read back":        {profileGeneric, destination.Bytes},
		"basic, read back":          {profileBasic, destination.Bytes},
	} {
		t.Run(name, func(t *testing.T) {
			destinationtest.Run(t, func(t *testing.T) destinationtest.Peer {
				p := g.peer(t, c.profile, c.want)
				p.Forbidden, p.Damage, p.Lie = nil, nil, nil
				return p
			})
		})
	}
}

// Its name keeps it out of the slice of the soak that CI runs, where MinIO is not built.
func TestMinIOAfterReset(t *testing.T) {
	g := &gateway{realtest.StartMinIO(t)}
	line := linetest.New(t, strings.TrimPrefix(g.URL, "http://"), 1)
	destinationtest.Reset(t, g.overLine(t, line, destination.Hash), line, PartSize)
}
