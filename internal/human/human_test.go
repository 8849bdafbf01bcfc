package human_test

import (
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"transporter/internal/human"
)

func TestBytes(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0 B", 999: "999 B", 1000: "1.0 kB", 9949: "9.9 kB", 9950: "10 kB", 353_555: "354 kB", 999_499: "999 kB",
		999_500: "1.0 MB", 1_613_843: "1.6 MB", 1_500_000_000: "1.5 GB", 7_000_000_000_000_000_000: "7000 PB",
	} {
		require.Equal(t, want, human.Bytes(n), "%d", n)
	}
}

func TestCount(t *testing.T) {
	require.Equal(t, "0 files", human.Count(0, "file"))
	require.Equal(t, "1 file", human.Count(1, "file"))
	require.Equal(t, "1,236 rows", human.Count(int64(1236), "row"))
	require.Equal(t, "-12,345,678", human.Number(-12_345_678))
	require.Equal(t, "123", human.Number(123))
}

func TestDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Second: "0 ms", 40 * time.Millisecond: "40 ms", 340 * time.Millisecond: "0.3 s", 12*time.Second + 900*time.Millisecond: "12 s",
		200 * time.Second: "3 min 20 s", 2*time.Hour + 5*time.Minute: "2 h 5 min",
	} {
		require.Equal(t, want, human.Duration(d), "%s", d)
	}
}

func TestClip(t *testing.T) {
	for _, c := range []struct {
		text string
		most int
		want string
	}{
		{"short", 5, "short"},
		{"longer", 5, "lo…"},
		{"añoañoaño", 6, "añ…"},
		{"😀😀😀", 8, "😀…"},
		{"😀😀😀", 6, "…"},
		{"", 0, ""},
	} {
		got := human.Clip(c.text, c.most)
		require.Equal(t, c.want, got)
		require.True(t, utf8.ValidString(got))
		require.LessOrEqual(t, len(got), c.most)
	}
}
