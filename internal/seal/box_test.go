package seal_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"transporter/internal/fault"
	"transporter/internal/seal"
)

const (
	chunk       = 64 << 10
	sealedChunk = chunk + 16
	header      = 4 + 1 + len("k1") + 32
)

func newBox(t testing.TB) *seal.Box {
	ring, err := seal.GenerateRing("k1")
	require.NoError(t, err)
	return seal.NewBox(ring)
}

func sealed(t require.TestingT, box *seal.Box, clear []byte) []byte {
	var out bytes.Buffer
	w, err := box.Seal(&out)
	require.NoError(t, err)
	_, err = w.Write(clear)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return out.Bytes()
}

func unsealed(t require.TestingT, box *seal.Box, object []byte) []byte {
	r, err := box.Unseal(bytes.NewReader(object))
	require.NoError(t, err)
	clear, err := io.ReadAll(r)
	require.NoError(t, err)
	return clear
}

func noise(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{9}).Read(b)
	return b
}

func TestBoxRoundTrip(t *testing.T) {
	box := newBox(t)
	for _, n := range []int{0, 1, chunk - 1, chunk, chunk + 1, 2 * chunk, 3*chunk + 5} {
		object := sealed(t, box, noise(n))
		chunks := max(1, (n+chunk-1)/chunk)
		require.Len(t, object, header+n+16*chunks)
		require.True(t, bytes.Equal(noise(n), unsealed(t, box, object)), "%d bytes", n)
	}
}

func TestBoxRoundTripInPieces(t *testing.T) {
	box := newBox(t)
	rapid.Check(t, func(t *rapid.T) {
		clear := noise(rapid.IntRange(0, 3*chunk+1).Draw(t, "size"))
		var out bytes.Buffer
		w, err := box.Seal(&out)
		require.NoError(t, err)
		for rest := clear; len(rest) > 0; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "piece")
			written, err := w.Write(rest[:n])
			require.NoError(t, err)
			require.Equal(t, n, written)
			rest = rest[n:]
		}
		require.NoError(t, w.Close())
		require.NoError(t, w.Close())
		size := out.Len()
		_, err = w.Write([]byte("x"))
		require.Error(t, err)
		require.Equal(t, size, out.Len())
		r, err := box.Unseal(iotest.HalfReader(&out))
		require.NoError(t, err)
		got, err := io.ReadAll(r)
		require.NoError(t, err)
		require.True(t, bytes.Equal(clear, got))
	})
}

// open reads a whole object and returns the error; what is handed out before it must be
// a beginning of the clear bytes.
func open(t *testing.T, box *seal.Box, object, clear []byte) error {
	t.Helper()
	r, err := box.Unseal(bytes.NewReader(object))
	if err != nil {
		return err
	}
	got, err := io.ReadAll(r)
	require.True(t, bytes.HasPrefix(clear, got), "bytes that were not sealed are handed out")
	return err
}

func TestBoxRefusesTruncationAtEveryByte(t *testing.T) {
	box := newBox(t)
	for _, n := range []int{0, 100, chunk, chunk + 50, 2 * chunk} {
		clear := noise(n)
		object := sealed(t, box, clear)
		for cut := range len(object) {
			// Every byte near a border of header or chunks, every 97th elsewhere: cutting all
			// 128 KiB would open 10 GB.
			if near := (cut - header + sealedChunk) % sealedChunk; cut > header+32 && near > 32 && near < sealedChunk-32 &&
				cut < len(object)-32 && cut%97 != 0 {
				continue
			}
			err := open(t, box, object[:cut], clear)
			require.True(t, fault.Is(err, fault.Corrupt), "%d of %d bytes: %v", cut, len(object), err)
		}
	}
}

func TestBoxRefusesEveryFlippedBit(t *testing.T) {
	box := newBox(t)
	clear := noise(100)
	object := sealed(t, box, clear)
	for bit := range 8 * len(object) {
		changed := bytes.Clone(object)
		changed[bit/8] ^= 1 << (bit % 8)
		err := open(t, box, changed, clear)
		idByte := bit/8 >= 4 && bit/8 < 7
		require.True(t, fault.Is(err, fault.Corrupt) || idByte && fault.Is(err, fault.ConfigMissing), "bit %d: %v", bit, err)
	}
	clear = noise(3*chunk + 10)
	object = sealed(t, box, clear)
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		changed := bytes.Clone(object)
		at := header + r.IntN(len(object)-header)
		changed[at] ^= 1 << r.IntN(8)
		err := open(t, box, changed, clear)
		require.True(t, fault.Is(err, fault.Corrupt), "byte %d: %v", at, err)
	}
}

func TestBoxRefusesRearrangedChunks(t *testing.T) {
	box := newBox(t)
	clear := noise(3*chunk + 10)
	object := sealed(t, box, clear)
	other := sealed(t, box, clear)
	head := object[:header]
	c := func(from []byte, i int) []byte {
		return from[header+i*sealedChunk : min(header+(i+1)*sealedChunk, len(from))]
	}
	for name, parts := range map[string][][]byte{
		"swapped":            {head, c(object, 1), c(object, 0), c(object, 2), c(object, 3)},
		"one missing":        {head, c(object, 0), c(object, 2), c(object, 3)},
		"one twice":          {head, c(object, 0), c(object, 0), c(object, 1), c(object, 2), c(object, 3)},
		"last missing":       {head, c(object, 0), c(object, 1), c(object, 2)},
		"last twice":         {object, c(object, 3)},
		"last only":          {head, c(object, 3)},
		"byte after the end": {object, []byte("x")},
		"object twice":       {object, object},
		"chunk of another":   {head, c(object, 0), c(other, 1), c(object, 2), c(object, 3)},
		"head of another":    {other[:header], object[header:]},
		"no chunks":          {head},
	} {
		err := open(t, box, bytes.Join(parts, nil), clear)
		require.True(t, fault.Is(err, fault.Corrupt), "%s: %v", name, err)
	}
}

func TestBoxKeepsErrorsOfTheSource(t *testing.T) {
	box := newBox(t)
	object := sealed(t, box, noise(2*chunk))
	broken := errors.New("connection reset")
	for _, at := range []int{0, 3, header - 1, header, header + 10, header + sealedChunk + 1} {
		for _, cause := range []error{broken, io.ErrUnexpectedEOF} {
			src := io.MultiReader(bytes.NewReader(object[:at]), iotest.ErrReader(cause))
			r, err := box.Unseal(src)
			if err == nil {
				_, err = io.ReadAll(r)
			}
			require.ErrorIs(t, err, cause, "at %d", at)
			require.False(t, fault.Is(err, fault.Corrupt), "a broken connection is tried again")
		}
	}
	w, err := box.Seal(&failing{after: header})
	require.NoError(t, err)
	_, err = w.Write(noise(3 * chunk))
	require.ErrorIs(t, err, errFull)
	require.ErrorIs(t, w.Close(), errFull)
}

var errFull = errors.New("full")

// failing takes a number of bytes, then no more.
type failing struct{ after int }

func (f *failing) Write(p []byte) (int, error) {
	if f.after -= len(p); f.after < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestBoxMemoryIsConstant(t *testing.T) {
	box := newBox(t)
	const size = 64 << 20
	allocated := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			r, w := io.Pipe()
			go func() {
				sealer, err := box.Seal(w)
				if err == nil {
					_, err = io.CopyN(sealer, rand.NewChaCha8([32]byte{}), size)
				}
				if err == nil {
					err = sealer.Close()
				}
				w.CloseWithError(err)
			}()
			clear, err := box.Unseal(r)
			require.NoError(b, err)
			n, err := io.Copy(io.Discard, clear)
			require.NoError(b, err)
			require.EqualValues(b, size, n)
		}
	}).AllocedBytesPerOp()
	require.Less(t, allocated, int64(1<<20), "bytes allocated for a stream of %d", size)
}

func BenchmarkBox(b *testing.B) {
	box := newBox(b)
	clear := noise(16 << 20)
	object := sealed(b, box, clear)
	b.Run("seal", func(b *testing.B) {
		b.SetBytes(int64(len(clear)))
		for range b.N {
			w, err := box.Seal(io.Discard)
			require.NoError(b, err)
			_, err = w.Write(clear)
			require.NoError(b, err)
			require.NoError(b, w.Close())
		}
	})
	b.Run("unseal", func(b *testing.B) {
		b.SetBytes(int64(len(clear)))
		buf := make([]byte, 128<<10)
		for range b.N {
			r, err := box.Unseal(bytes.NewReader(object))
			require.NoError(b, err)
			_, err = io.CopyBuffer(struct{ io.Writer }{io.Discard}, r, buf)
			require.NoError(b, err)
		}
	})
}

func ExampleBox() {
	ring, _ := seal.GenerateRing("2026-11")
	box := seal.NewBox(ring)
	var object bytes.Buffer
	w, _ := box.Seal(&object)
	fmt.Fprint(w, "what nobody else may read")
	_ = w.Close()
	r, _ := box.Unseal(&object)
	clear, err := io.ReadAll(r)
	fmt.Println(string(clear), err)
	// Output: what nobody else may read <nil>
}
