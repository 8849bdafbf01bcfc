package workflows_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/account"
	"transporter/internal/contract"
)

// A test is kept with what was tested, into the next execution too, until that is changed; a
// test of what has changed meanwhile is not.
func TestTestsAreKeptUntilAChange(t *testing.T) {
	b := newBench(t)
	b.tested = 1
	edit := func(id string) *sent {
		return b.send(contract.UpdatePutDestination, contract.PutDestinationIn{
			Write: anyVersion, Destination: account.Destination{Meta: account.Meta{ID: id}, Kind: "store"},
		})
	}
	try := func(in contract.ProbeIn) *sent {
		in.Account = "acme"
		return b.send(contract.UpdateProbe, in)
	}
	all := []*sent{
		try(contract.ProbeIn{Destination: "lake"}),
		try(contract.ProbeIn{Destination: "idle"}),
		edit("idle"),
		edit("twice"), edit("twice"), try(contract.ProbeIn{Destination: "twice"}),
		try(contract.ProbeIn{Source: "src"}),
	}
	state := filled()
	source := state.Sources["src"]
	source.Version = 1
	state.Sources["src"] = source
	after := continued(t, b, state)
	for _, s := range all {
		require.NoError(t, s.err)
	}
	kept := after.Destinations["lake"].Tested
	require.NotNil(t, kept)
	require.True(t, kept.OK)
	require.Equal(t, []string{"lake"}, kept.Notes)
	require.False(t, kept.At.IsZero())
	require.Equal(t, []string{"src"}, after.Sources["src"].Tested.Notes)
	require.Nil(t, after.Destinations["idle"].Tested, "it was changed since")
	require.Nil(t, after.Destinations["twice"].Tested, "an earlier version was tested")
}
