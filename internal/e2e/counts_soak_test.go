//go:build soak

package e2e

import (
	"os"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// randomWindows is how many windows the soak runs.
const randomWindows = 50

// Fifty random windows in rotation over every report, format and trouble. SOAK_SEED
// chooses other windows.
func TestCountsOfRandomWindows(t *testing.T) {
	seed := uint64(2)
	if text := os.Getenv("SOAK_SEED"); text != "" {
		var err error
		seed, err = strconv.ParseUint(text, 10, 64)
		require.NoError(t, err, "SOAK_SEED")
	}
	c := newCounts(t, seed)
	list, all := jobs(), troubles()
	for i := range randomWindows {
		c.try(t, list[i%len(list)], all[i%len(all)], c.window())
	}
}

// Every refusal while the lists of users and skills are read.
func TestListsUnderTroubles(t *testing.T) {
	c := newCounts(t, 3)
	for _, j := range listJobs() {
		for _, x := range refusals(configPath) {
			c.try(t, j, x, c.window())
		}
	}
}
