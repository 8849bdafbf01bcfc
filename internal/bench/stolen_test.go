package main

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestStolen(t *testing.T) {
	before := processors{all: 1000, stolen: 40}
	require.InDelta(t, 0.3, processors{all: 1400, stolen: 160}.since(before), 1e-9)
	require.Zero(t, processors{}.since(before), "the system does not tell")
	if runtime.GOOS == "linux" {
		require.Positive(t, processorsNow().all)
	}
}
