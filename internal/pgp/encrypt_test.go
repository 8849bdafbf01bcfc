package pgp

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"transporter/internal/fault"
)

func TestWhatGoesInComesOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.OneOf(rapid.IntRange(0, 2000), rapid.IntRange(partialSize-30, partialSize+30)).Draw(t, "size")
		clear := content(rapid.Uint64().Draw(t, "seed"), size, rapid.Bool().Draw(t, "text"))
		requireRoundTrip(t, clear, rapid.IntRange(1, partialSize).Draw(t, "step"))
	})
}

// Blocks are deflated side by side and must come out in order, also when they are full,
// empty or alone.
func TestBlocksComeOutInOrder(t *testing.T) {
	for name, size := range map[string]int{
		"one less": blockSize - 1, "one block": blockSize, "one more": blockSize + 1, "many": (maxDeflaters+2)*blockSize + 7,
	} {
		t.Run(name, func(t *testing.T) { requireRoundTrip(t, content(8, size, true), 3*partialSize) })
	}
}

// requireRoundTrip encrypts in writes of step bytes and decrypts again.
func requireRoundTrip(t require.TestingT, clear []byte, step int) {
	key, err := ParseKey(sharedPair().Public)
	require.NoError(t, err)
	var message bytes.Buffer
	w, err := Encrypt(&message, []*Key{key}, Message{Name: "report.csv", Now: noon})
	require.NoError(t, err)
	for rest := clear; len(rest) > 0; {
		n, err := w.Write(rest[:min(step, len(rest))])
		require.NoError(t, err)
		rest = rest[n:]
	}
	require.NoError(t, w.Close())
	e, err := Inspect(bytes.NewReader(message.Bytes()))
	require.NoError(t, err)
	require.Len(t, e.Recipients, 1)
	require.True(t, bytes.Equal(clear, decryptUnlocked(t, message.Bytes())))
}

// content returns bytes that do not compress, or that do: random lines, repeated.
func content(seed uint64, size int, text bool) []byte {
	r := rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8)})
	out := make([]byte, size)
	if !text {
		r.Read(out)
		return out
	}
	lines := make([]byte, 997) // prime, so that no block repeats another
	r.Read(lines)
	for i, c := range lines {
		lines[i] = "aabbcc ,\n"[int(c)%9]
	}
	copy(out, bytes.Repeat(lines, size/len(lines)+1))
	return out
}

// decryptUnlocked decrypts with the shared key, which it unlocks only once.
func decryptUnlocked(t require.TestingT, message []byte) []byte {
	r, err := decryptWith(bytes.NewReader(message), sharedRing())
	require.NoError(t, err)
	clear, err := io.ReadAll(r)
	require.NoError(t, err)
	return clear
}

func TestEveryReceiverCanRead(t *testing.T) {
	second, err := GenerateKey(Options{Name: "Second", Passphrase: passphrase, Algorithm: "rsa2048", Now: birth})
	require.NoError(t, err)
	stranger, err := GenerateKey(Options{Name: "Stranger", Passphrase: passphrase, Algorithm: "ed25519", Now: birth})
	require.NoError(t, err)
	keys := []*Key{mustParse(t, sharedPair().Public), mustParse(t, second.Public)}
	message := encrypt(t, []byte("clear"), keys...)
	require.Equal(t, "clear", string(decryptUnlocked(t, message)))
	require.Equal(t, "clear", string(decrypt(t, message, second.Private, passphrase)))
	_, err = Decrypt(bytes.NewReader(message), stranger.Private, passphrase)
	require.True(t, fault.Is(err, fault.InvalidSpec), "%v", err)
	require.ErrorContains(t, err, "not encrypted to this key")

	e, err := ReadEnvelope(bytes.NewReader(message))
	require.NoError(t, err)
	require.Len(t, e.Recipients, 2)
	for i, key := range keys {
		require.Same(t, key, ownerOf(keys, e.Recipients[i], noon))
	}
}

func TestNoKeyIsRefused(t *testing.T) {
	_, err := Encrypt(io.Discard, nil, Message{Name: "report.csv", Now: noon})
	require.True(t, fault.Is(err, fault.KeyUnfit), "%v", err)
}

// The message is exactly what old readers know: SEIPD version 1 around AES-256, a ZIP
// packet, a binary literal with name and time.
func TestMessageStructure(t *testing.T) {
	clear := mixed()
	message := encrypt(t, clear, mustParse(t, sharedPair().Public))
	require.Less(t, len(message), len(clear)/2, "not compressed")
	packets := packet.NewReader(bytes.NewReader(message))
	p, err := packets.Next()
	require.NoError(t, err)
	session := p.(*packet.EncryptedKey)
	require.Equal(t, 3, session.Version)
	require.NoError(t, session.Decrypt(sharedRing()[0].Subkeys[0].PrivateKey, nil))
	require.Equal(t, packet.CipherAES256, session.CipherFunc)
	p, err = packets.Next()
	require.NoError(t, err)
	sealed := p.(*packet.SymmetricallyEncrypted)
	require.True(t, sealed.IntegrityProtected)
	require.Equal(t, 1, sealed.Version)
	inner, err := sealed.Decrypt(session.CipherFunc, session.Key)
	require.NoError(t, err)
	header := make([]byte, 3)
	_, err = io.ReadFull(inner, header)
	require.NoError(t, err)
	require.Equal(t, []byte{tagCompressed, partialByte, algorithmZIP}, header)
	r, err := decryptMessage(bytes.NewReader(message), sharedRing(), noon)
	require.NoError(t, err)
	require.Equal(t, "report.csv", r.LiteralData.FileName)
	require.True(t, r.LiteralData.IsBinary)
	require.Equal(t, uint32(noon.Unix()), r.LiteralData.Time)
}

func TestDamageIsFound(t *testing.T) {
	message := encrypt(t, content(2, 5*partialSize, false), mustParse(t, sharedPair().Public))
	for name, at := range map[string]int{
		"start of the data": 200, "middle": len(message) / 2, "last byte": len(message) - 1, "hash": len(message) - 10,
	} {
		t.Run(name, func(t *testing.T) {
			spoilt := bytes.Clone(message)
			spoilt[at] ^= 1
			requireCorrupt(t, spoilt)
		})
	}
	for _, cut := range []int{1, 21, 22, 23, 100, len(message) / 2, len(message) - 150} {
		requireCorrupt(t, message[:len(message)-cut])
	}
}

func requireCorrupt(t *testing.T, message []byte) {
	t.Helper()
	r, err := decryptWith(bytes.NewReader(message), sharedRing())
	if err == nil {
		_, err = io.Copy(io.Discard, r)
	}
	require.True(t, fault.Is(err, fault.Corrupt), "%v", err)
}

func TestWriteErrorsArePassedOn(t *testing.T) {
	full := errors.New("disk full")
	for _, room := range []int{0, 100, 500, partialSize, blockSize} {
		w, err := Encrypt(&smallDisk{room: room, err: full}, []*Key{mustParse(t, sharedPair().Public)}, Message{Name: "x", Now: noon})
		if err == nil {
			_, err = w.Write(content(3, 5*blockSize/2, false))
		}
		if err == nil {
			err = w.Close()
		}
		require.ErrorIs(t, err, full, "room for %d", room)
	}
}

type smallDisk struct {
	room int
	err  error
}

func (d *smallDisk) Write(p []byte) (int, error) {
	if d.room -= len(p); d.room < 0 {
		return 0, d.err
	}
	return len(p), nil
}

func TestMemoryDoesNotGrow(t *testing.T) {
	w, err := Encrypt(io.Discard, []*Key{mustParse(t, sharedPair().Public)}, Message{Name: "x", Now: noon})
	require.NoError(t, err)
	piece := content(4, 8*blockSize, true)
	_, err = w.Write(piece)
	require.NoError(t, err)
	before := heap()
	for range 4 {
		_, err := w.Write(piece)
		require.NoError(t, err)
	}
	require.Less(t, heap(), before+4*maxDeflaters*blockSize, "heap after 32 MiB")
	require.NoError(t, w.Close())
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
