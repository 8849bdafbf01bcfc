package destinationtest

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/destination"
	"transporter/internal/fault"
)

func testLevels(t *testing.T, p Peer) {
	src := p.source(noise(20, mib))
	f := src.file("report.csv")
	s := connect(t, p)
	require.NoError(t, s.Upload(t.Context(), f, tokenA, ignoreProgress))
	checkLevels(t, p, s, f)
	require.NoError(t, s.Publish(t.Context(), f, tokenA, false))
	checkLevels(t, p, s, f) // published files can be verified too
	require.NoError(t, announce(t.Context(), s, f))
	requireHolds(t, p, "report.csv", src.content)
}

func checkLevels(t *testing.T, p Peer, s destination.Session, f destination.File) {
	t.Helper()
	for want := destination.Sent; want <= destination.Bytes; want++ {
		got, err := s.Verify(t.Context(), f, tokenA, want)
		require.NoError(t, err)
		require.GreaterOrEqual(t, got, min(want, p.want()), "asked for %d", want)
		require.LessOrEqual(t, got, p.Highest, "asked for %d", want)
	}
}

func testWrongBytes(t *testing.T, p Peer) {
	if p.Highest < destination.Hash || p.Damage == nil {
		t.Skip("this place cannot tell wrong bytes from right ones")
	}
	src := p.source(noise(21, 3*mib))
	for level := destination.Hash; level <= p.Highest; level++ {
		if level == destination.Hash && !p.OnDemand {
			continue
		}
		f := src.file(fmt.Sprintf("level-%d.csv", level))
		s := connect(t, p)
		require.NoError(t, s.Upload(t.Context(), f, tokenA, ignoreProgress))
		p.Damage(t)
		_, err := s.Verify(t.Context(), f, tokenA, level)
		require.ErrorContains(t, err, f.SHA256)
		requireRefused(t, p, s, f, err)
		deliver(t, p, f, tokenA)
		requireHolds(t, p, f.Name, src.content)
	}
}

// requireRefused asserts that a file whose check ended so is gone and cannot be published.
func requireRefused(t *testing.T, p Peer, s destination.Session, f destination.File, err error) {
	t.Helper()
	require.True(t, fault.Is(err, fault.IntegrityMismatch), "%v", err)
	require.Zero(t, p.Temps(t))
	for _, replace := range []bool{false, true} {
		err = s.Publish(t.Context(), f, tokenA, replace)
		require.True(t, fault.Is(err, fault.IntegrityMismatch), "%v", err)
		requireAbsent(t, p, f.Name)
	}
}

// Below level 3 a place is taken at its word.
func testLie(t *testing.T, p Peer) {
	if p.Lie == nil {
		t.Skip("this place cannot be made to lie")
	}
	src := p.source(noise(24, 3*mib))
	f, s := src.file("report.csv"), connect(t, p)
	require.NoError(t, s.Upload(t.Context(), f, tokenA, ignoreProgress))
	p.Lie(t)
	level, err := s.Verify(t.Context(), f, tokenA, destination.Size)
	require.NoError(t, err, "it lies")
	require.Equal(t, destination.Size, level)
	_, err = s.Verify(t.Context(), f, tokenA, destination.Bytes)
	requireRefused(t, p, s, f, err)
}

func testFlipped(t *testing.T, p Peer) {
	if p.Flip == nil {
		t.Skip("nothing is flipped here, or it cannot be told")
	}
	src := p.source(noise(23, 3*mib))
	f, s := src.file("report.csv"), connect(t, p)
	p.Flip()
	err := s.Upload(t.Context(), f, tokenA, ignoreProgress)
	if err == nil {
		_, err = s.Verify(t.Context(), f, tokenA, p.want())
	}
	switch {
	case p.Direct: // it has been refused: an answer
		require.Error(t, err)
	case err != nil: // else it was sent again, and what is there must be right
		require.True(t, fault.KindOf(err).Retryable(), "%v", err)
	}
	requireHidden(t, p, "report.csv")
	deliver(t, p, f, tokenA)
	requireHolds(t, p, "report.csv", src.content)
	require.Zero(t, p.Temps(t))
}

func testGone(t *testing.T, p Peer) {
	needTemps(t, p)
	src := p.source(noise(22, mib))
	f := src.file("report.csv")
	s := connect(t, p)
	require.NoError(t, s.Upload(t.Context(), f, tokenA, ignoreProgress))
	require.NoError(t, s.Discard(t.Context(), f, tokenA))
	if p.Highest > destination.Sent {
		_, err := s.Verify(t.Context(), f, tokenA, destination.Size)
		require.True(t, fault.Is(err, fault.IntegrityMismatch), "%v", err)
	}
	err := s.Publish(t.Context(), f, tokenA, false)
	require.True(t, fault.Is(err, fault.IntegrityMismatch), "%v", err)
	requireAbsent(t, p, "report.csv")
}

func testProbe(t *testing.T, p Peer) {
	if !p.Tells {
		p.Plant(t, "theirs.csv", []byte("theirs"))
	}
	caps, err := p.Destination.Probe(t.Context())
	require.NoError(t, err)
	require.NotEmpty(t, caps.Steps, "each step is told")
	for _, step := range caps.Steps {
		require.True(t, step.OK || step.Note != "" && slices.Contains(caps.Notes, step.Note), "a step that fails no delivery says what it means: %+v", step)
	}
	require.Equal(t, p.Highest, caps.Highest)
	require.Equal(t, p.Tells || !p.Direct && !p.InPlace, caps.Atomic)
	require.Equal(t, caps.Atomic, connect(t, p).Atomic())
	require.Zero(t, p.Temps(t))
	if !p.Tells {
		requireHolds(t, p, "theirs.csv", []byte("theirs"))
	}
}
