package destinationtest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/destination"
	"transporter/internal/fault"
)

func testPublishTwice(t *testing.T, p Peer) {
	src := p.source(noise(30, mib))
	f := src.file("folder/report.csv")
	deliver(t, p, f, tokenA)
	// The rename happened, but its answer was lost.
	require.NoError(t, connect(t, p).Publish(t.Context(), f, tokenA, false))
	require.NoError(t, connect(t, p).Publish(t.Context(), f, tokenA, true))
	// Also after the whole delivery was tried again, by any token.
	if p.Highest >= destination.Bytes {
		deliver(t, p, f, tokenA)
		deliver(t, p, f, tokenB)
	}
	requireHolds(t, p, "folder/report.csv", src.content)
	require.Zero(t, p.Temps(t))
}

func testCollision(t *testing.T, p Peer) {
	needTemps(t, p)
	src := p.source(noise(31, mib))
	for title, theirs := range map[string][]byte{
		"other size": []byte("theirs"), "same size": noise(32, mib), "empty": {},
	} {
		p.Plant(t, "report.csv", theirs)
		f := src.file("report.csv")
		s := connect(t, p)
		err := s.Upload(t.Context(), f, tokenA, ignoreProgress)
		requireHolds(t, p, "report.csv", theirs)
		if !p.InPlace {
			require.NoError(t, err)
			err = s.Publish(t.Context(), f, tokenA, false)
		}
		require.True(t, fault.Is(err, fault.Collision), "%s: %v", title, err)
		require.Contains(t, err.Error(), "report.csv")
		requireHolds(t, p, "report.csv", theirs)
		require.NoError(t, s.Discard(t.Context(), f, tokenA))
	}
}

func testReplace(t *testing.T, p Peer) {
	needBytes(t, p)
	p.Plant(t, "report.csv", noise(33, 2*mib))
	src := p.source(noise(34, mib))
	f := src.file("report.csv")
	f.Replace = p.InPlace
	s := connect(t, p)
	require.NoError(t, s.Upload(t.Context(), f, tokenA, ignoreProgress))
	require.NoError(t, s.Publish(t.Context(), f, tokenA, true))
	requireHolds(t, p, "report.csv", src.content)
	require.NoError(t, s.Publish(t.Context(), f, tokenA, true))
	requireHolds(t, p, "report.csv", src.content)
	require.Zero(t, p.Temps(t))
}

func testForeignTemp(t *testing.T, p Peer) {
	needTemps(t, p)
	if p.InPlace {
		t.Skip("this place has no temporary files")
	}
	mine, theirs := p.source(noise(35, mib)), p.source(noise(36, mib))
	s := connect(t, p)
	require.NoError(t, s.Upload(t.Context(), theirs.file("report.csv"), tokenB, ignoreProgress))
	deliver(t, p, mine.file("report.csv"), tokenA)
	require.NoError(t, s.Discard(t.Context(), mine.file("report.csv"), tokenA))
	require.Equal(t, 1, p.Temps(t))
	if p.Highest >= destination.Bytes {
		level, err := s.Verify(t.Context(), theirs.file("report.csv"), tokenB, p.want())
		require.NoError(t, err)
		require.Equal(t, p.want(), level)
	}
	require.NoError(t, s.Publish(t.Context(), theirs.file("report.csv"), tokenB, true))
	requireHolds(t, p, "report.csv", theirs.content)
}

func testDiscard(t *testing.T, p Peer) {
	needTemps(t, p)
	f := p.source(noise(37, mib)).file("folder/report.csv")
	s := connect(t, p)
	require.NoError(t, s.Discard(t.Context(), f, tokenA))
	require.NoError(t, s.Upload(t.Context(), f, tokenA, ignoreProgress))
	if !p.InPlace {
		require.Equal(t, 1, p.Temps(t))
	}
	require.NoError(t, s.Discard(t.Context(), f, tokenA))
	require.NoError(t, s.Discard(t.Context(), f, tokenA))
	require.Zero(t, p.Temps(t))
	requireAbsent(t, p, "folder/report.csv")
}

func testWithdraw(t *testing.T, p Peer) {
	s := connect(t, p)
	w, ok := s.(destination.Withdrawer)
	if !ok {
		t.Skip("this place cannot take back what is published")
	}
	marker := p.source(nil).file("dt=2026-11-19/_SUCCESS")
	src := p.source(noise(40, 10))
	other := src.file("dt=2026-11-19/report.csv")
	deliver(t, p, other, tokenA)
	for range 2 { // the empty file can be written again once it is gone
		deliver(t, p, marker, tokenA)
		requireHolds(t, p, "dt=2026-11-19/_SUCCESS", nil)
		require.NoError(t, w.Withdraw(t.Context(), marker))
		require.NoError(t, w.Withdraw(t.Context(), marker))
		requireAbsent(t, p, "dt=2026-11-19/_SUCCESS")
	}
	requireHolds(t, p, "dt=2026-11-19/report.csv", src.content)
	err := w.Withdraw(t.Context(), src.file("../report.csv"))
	require.True(t, fault.Is(err, fault.InvalidSpec), "%v", err)
}

func testForbidden(t *testing.T, p Peer) {
	needBytes(t, p)
	if p.Forbidden == nil {
		t.Skip("this place knows no rights")
	}
	s, err := p.Forbidden.Connect(t.Context())
	require.NoError(t, err)
	defer s.Close()
	err = s.Upload(t.Context(), p.source(noise(38, 10)).file("report.csv"), tokenA, ignoreProgress)
	require.True(t, fault.Is(err, fault.PermissionDenied), "%v", err)
	require.Contains(t, err.Error(), "report.csv")
	_, err = p.Forbidden.Probe(t.Context())
	require.True(t, fault.Is(err, fault.PermissionDenied), "%v", err)
}

func testCut(t *testing.T, p Peer) {
	needBytes(t, p)
	if p.Cut == nil {
		t.Skip("this place has no connection")
	}
	src := p.source(noise(39, 16*mib))
	cut := false
	src.at = func(offset int64) {
		if offset >= 14*mib && !cut {
			cut = true
			p.Cut()
		}
	}
	f := src.file("report.csv")
	err := connect(t, p).Upload(t.Context(), f, tokenA, ignoreProgress)
	require.True(t, cut)
	if err != nil { // else it connected again by itself
		require.True(t, fault.Is(err, fault.Upstream), "%v", err)
	}
	requireHidden(t, p, "report.csv")
	src.read.Store(0)
	deliver(t, p, f, tokenA)
	requireHolds(t, p, "report.csv", src.content)
	if p.Resumes {
		require.Less(t, src.read.Load(), int64(12*mib), "the upload began again")
	}
}
