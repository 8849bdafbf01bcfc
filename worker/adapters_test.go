package main

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/destination/kind"
)

func TestEveryKindOfDestinationHasAnAdapter(t *testing.T) {
	require.ElementsMatch(t, kind.Names(), slices.Collect(maps.Keys(new(adapters).openers())))
}
