package destinationtest

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/destination"
	"transporter/internal/fault"
)

const mib = 1 << 20

func testDelivers(t *testing.T, p Peer) {
	cases := []struct {
		title, name string
		size        int
	}{
		{"plain", "report.csv.pgp", 1000},
		{"empty", "empty.csv", 0},
		{"one byte", "one", 1},
		{"20 MiB", "large.bin", 20 * mib},
		{"sub folders", "2026/11/19/report.csv", 3 * mib},
		{"other scripts", "отчёт/報告 – 2026 “ü” 😀.csv", 500},
		{"marks", "a+b=c #1 %20 ~x & $(y) 'q'.csv", 500},
		{"hidden", ".hidden", 10},
	}
	for i, c := range cases {
		t.Run(c.title, func(t *testing.T) {
			src := p.source(noise(uint64(i), c.size))
			deliver(t, p, src.file(c.name), tokenA)
			requireHolds(t, p, c.name, src.content)
			if p.Highest < destination.Bytes {
				return
			}
			r, err := connect(t, p).Open(t.Context(), c.name)
			require.NoError(t, err)
			defer r.Close()
			back, err := io.ReadAll(r)
			require.NoError(t, err)
			require.Equal(t, len(src.content), len(back))
		})
	}
	require.Zero(t, p.Temps(t))
	where := connect(t, p).Location("folder/report.csv")
	require.NotEmpty(t, where)
	if !p.Direct {
		require.Contains(t, where, "folder/report.csv")
	}
}

func testHidden(t *testing.T, p Peer) {
	if p.InPlace {
		t.Skip("this place cannot hide a file")
	}
	src := p.source(noise(1, 3*mib))
	src.at = func(int64) { requireAbsent(t, p, "report.csv") }
	f := src.file("report.csv")
	s := connect(t, p)
	var marks []int64
	require.NoError(t, s.Upload(t.Context(), f, tokenA, func(offset int64) { marks = append(marks, offset) }))
	require.True(t, slices.IsSorted(marks), "progress went back")
	require.Equal(t, f.Size, marks[len(marks)-1])
	src.at = nil // who reads the file back may read it where we did
	if p.Direct {
		if p.Tells {
			requireAbsent(t, p, "report.csv")
		}
		require.NoError(t, announce(t.Context(), s, f))
		requireHolds(t, p, "report.csv", src.content)
		return
	}
	requireAbsent(t, p, "report.csv")
	_, err := s.Verify(t.Context(), f, tokenA, p.want())
	require.NoError(t, err)
	requireAbsent(t, p, "report.csv")
	require.Positive(t, p.Temps(t))
	require.NoError(t, s.Publish(t.Context(), f, tokenA, false))
	requireHolds(t, p, "report.csv", src.content)
	require.Zero(t, p.Temps(t))
}

// interrupt uploads until the source breaks at the offset.
func interrupt(t *testing.T, p Peer, src *source, name string, offset int64) {
	t.Helper()
	src.breakAt = offset
	err := connect(t, p).Upload(t.Context(), src.file(name), tokenA, ignoreProgress)
	require.ErrorIs(t, err, errBroken)
	requireHidden(t, p, name)
	src.breakAt = -1
	src.read.Store(0)
}

func testResume(t *testing.T, p Peer) {
	needBytes(t, p)
	src := p.source(noise(2, 8*mib))
	interrupt(t, p, src, "report.csv", 6*mib)
	deliver(t, p, src.file("report.csv"), tokenA)
	requireHolds(t, p, "report.csv", src.content)
	if p.Resumes {
		require.Less(t, src.read.Load(), int64(6*mib), "the upload began again")
	}
}

func testDamagedTail(t *testing.T, p Peer) {
	if p.Damage == nil {
		t.Skip("this place says nothing of files at rest")
	}
	src := p.source(noise(3, 8*mib))
	interrupt(t, p, src, "report.csv", 6*mib)
	p.Damage(t)
	f, s := src.file("report.csv"), connect(t, p)
	require.NoError(t, s.Upload(t.Context(), f, tokenA, ignoreProgress))
	// Who does not look at the tail before going on finds the damage now.
	if _, err := s.Verify(t.Context(), f, tokenA, p.want()); err != nil {
		require.True(t, fault.Is(err, fault.IntegrityMismatch), "%v", err)
		deliver(t, p, f, tokenA)
	} else {
		require.NoError(t, s.Publish(t.Context(), f, tokenA, false))
	}
	requireHolds(t, p, "report.csv", src.content)
}

func testOtherContent(t *testing.T, p Peer) {
	needBytes(t, p)
	first, second := p.source(noise(4, 8*mib)), p.source(noise(5, 7*mib))
	second.journal = first.journal // another rendering of the same delivery
	interrupt(t, p, first, "report.csv", 6*mib)
	deliver(t, p, second.file("report.csv"), tokenA)
	requireHolds(t, p, "report.csv", second.content)

	longer, shorter := p.source(noise(6, 2*mib)), p.source(noise(6, mib))
	shorter.journal = longer.journal
	s := connect(t, p)
	require.NoError(t, s.Upload(t.Context(), longer.file("other.csv"), tokenA, ignoreProgress))
	deliver(t, p, shorter.file("other.csv"), tokenA)
	requireHolds(t, p, "other.csv", shorter.content)
}

func testSentOnce(t *testing.T, p Peer) {
	src := p.source(noise(7, mib))
	deliver(t, p, src.file("report.csv"), tokenA)
	src.read.Store(0)
	last := int64(-1)
	err := connect(t, p).Upload(t.Context(), src.file("report.csv"), tokenA, func(offset int64) { last = offset })
	require.NoError(t, err)
	require.EqualValues(t, mib, last)
	if p.Highest >= destination.Bytes || p.Direct {
		require.Zero(t, src.read.Load(), "a published file was sent again")
		require.Zero(t, p.Temps(t))
	}
}

func testBadNames(t *testing.T, p Peer) {
	src := p.source(noise(8, 10))
	s := connect(t, p)
	for _, name := range []string{"", "/etc/passwd", "../up", "a/../../up", "a//b", "./a", "a/", "a\x00b", "a\nb", `a\b`, "\xff", strings.Repeat("a", 232), strings.Repeat("a/", 512) + "a"} {
		f := src.file(name)
		for verb, err := range map[string]error{
			"upload":  s.Upload(t.Context(), f, tokenA, ignoreProgress),
			"publish": s.Publish(t.Context(), f, tokenA, true),
			"discard": s.Discard(t.Context(), f, tokenA),
		} {
			require.True(t, fault.Is(err, fault.InvalidSpec), "%s %q: %v", verb, name, err)
		}
		_, err := s.Open(t.Context(), name)
		require.True(t, fault.Is(err, fault.InvalidSpec), "open %q: %v", name, err)
	}
	require.Zero(t, p.Temps(t))
	err := s.Upload(t.Context(), src.file("a"), "../token", ignoreProgress)
	require.True(t, fault.Is(err, fault.InvalidSpec), "%v", err)
}

func testBadSource(t *testing.T, p Peer) {
	needBytes(t, p)
	for title, wrong := range map[string]int64{"too short": mib + 1, "too long": mib - 1} {
		f := p.source(noise(9, mib)).file(title)
		f.Size = wrong
		err := connect(t, p).Upload(t.Context(), f, tokenA, ignoreProgress)
		require.True(t, fault.Is(err, fault.Corrupt), "%s: %v", title, err)
		requireHidden(t, p, title)
	}
}

func testCancelled(t *testing.T, p Peer) {
	needBytes(t, p)
	ctx, cancel := context.WithCancel(t.Context())
	src := p.source(noise(10, 8*mib))
	src.at = func(offset int64) {
		if offset >= 4*mib {
			cancel()
		}
	}
	f := src.file("report.csv")
	err := connect(t, p).Upload(ctx, f, tokenA, ignoreProgress)
	require.ErrorIs(t, err, context.Canceled)
	requireHidden(t, p, "report.csv")
	src.at = nil
	deliver(t, p, f, tokenA)
	requireHolds(t, p, "report.csv", src.content)
}

func testConcurrent(t *testing.T, p Peer) {
	const files = 5
	done := make(chan error, 2)
	for i, token := range []string{tokenA, tokenB} {
		go func() { done <- deliverMany(t.Context(), p, fmt.Sprintf("leg%d", i), token, files) }()
	}
	require.NoError(t, <-done)
	require.NoError(t, <-done)
	for leg := range 2 {
		for i := range files {
			requireHolds(t, p, fmt.Sprintf("shared/leg%d-%d.csv", leg, i), noise(uint64(i), mib))
		}
	}
	require.Zero(t, p.Temps(t))
}

func deliverMany(ctx context.Context, p Peer, leg, token string, files int) error {
	s, err := p.Destination.Connect(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	for i := range files {
		f := p.source(noise(uint64(i), mib)).file(fmt.Sprintf("shared/%s-%d.csv", leg, i))
		if err := s.Upload(ctx, f, token, ignoreProgress); err != nil {
			return err
		}
		if err := s.Publish(ctx, f, token, false); err != nil {
			return err
		}
		if err := announce(ctx, s, f); err != nil {
			return err
		}
	}
	return nil
}
