package activities

import (
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
	"transporter/internal/report"
)

// What an earlier release has fetched is not delivered without the file that there is now.
func TestAnIndexWithoutTheSecondFileIsRefused(t *testing.T) {
	def, err := report.Get("raw.handle_time", "")
	require.NoError(t, err)
	old := FetchIndex{Streams: []Stream{{Resource: def.Resource}}}
	err = old.holdsFiles(def, nil)
	require.True(t, fault.Is(err, fault.Corrupt), "%v", err)
	require.ErrorContains(t, err, "what was fetched has no breakdown")
	require.NoError(t, old.holdsFiles(def, report.Params{"breakdown": []byte("false")}))
	require.NoError(t, FetchIndex{Streams: []Stream{{Resource: def.Also[0].Resource}, {Resource: def.Resource}}}.holdsFiles(def, nil))
}
