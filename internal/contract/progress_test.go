package contract_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/contract"
)

func TestCursorText(t *testing.T) {
	for want, c := range map[string]contract.Cursor{
		"": {},
		"messaging interactions: 12 of 48 slices, 41,000 records, 210 MB": {
			Resource: "messaging_interactions", Slices: 12, OfSlices: 48, Records: 41_000, Bytes: 210_000_000,
		},
		"users: 0 of 1 slice":    {Resource: "users", OfSlices: 1},
		"3,000 records, 2 parts": {Records: 3000, Parts: 2},
		"1 of 3 files, 64 MB":    {Files: 1, OfFiles: 3, Bytes: 64_000_000},
		"1 file":                 {Files: 1},
		"users: 1 of 3 slices; waits for a slot of the platform account": {
			Resource: "users", Slices: 1, OfSlices: 3, Waits: contract.WaitsForSlot,
		},
	} {
		require.Equal(t, want, c.String())
	}
	require.Empty(t, contract.Cursor{Resource: "users"}.String(), "nothing is done yet")
	require.Equal(t, contract.WaitsForSlot, contract.Cursor{Resource: "users", Waits: contract.WaitsForSlot}.String())
}
