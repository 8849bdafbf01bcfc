//go:build soak

package simulation

import (
	"fmt"
	"os"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// A thousand days, in one piece, with a pause that is longer than the source remembers.
func TestThousandDays(t *testing.T) {
	live(t, setting(t, "SOAK_SEED", 1), 1000, true)
}

// Many short lives: other seeds find other troubles.
func TestManyDays(t *testing.T) {
	first, many, days := setting(t, "SOAK_SEED", 1), setting(t, "SOAK_LIVES", 10), setting(t, "SOAK_DAYS", 100)
	for seed := first; seed < first+many; seed++ {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			live(t, seed, int(days), false)
		})
	}
}

// setting is the number in a variable of the environment.
func setting(t *testing.T, name string, otherwise uint64) uint64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(text, 10, 64)
	require.NoError(t, err, name)
	return n
}
