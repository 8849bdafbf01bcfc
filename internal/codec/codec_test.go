package codec_test

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"transporter/internal/codec"
	"transporter/internal/fault"
	"transporter/internal/seal"
)

const namespace = "transporter"

func key(seed byte) []byte { return bytes.Repeat([]byte{seed}, 32) }

func ring(t require.TestingT, active string, keys map[string][]byte) *seal.Ring {
	r, err := seal.NewRing(active, keys)
	require.NoError(t, err)
	return r
}

func payload(data []byte) *commonpb.Payload {
	return &commonpb.Payload{Metadata: map[string][]byte{"encoding": []byte("json/plain")}, Data: data}
}

func TestRoundTrip(t *testing.T) {
	c := codec.New(ring(t, "a", map[string][]byte{"a": key(1)}), namespace)
	rapid.Check(t, func(t *rapid.T) {
		in := payload(rapid.SliceOfN(rapid.Byte(), 0, 5000).Draw(t, "data"))
		enc, err := c.Encode([]*commonpb.Payload{in})
		require.NoError(t, err)
		dec, err := c.Decode(enc)
		require.NoError(t, err)
		require.True(t, proto.Equal(in, dec[0]))
	})
}

func TestEncodeHidesAndShrinks(t *testing.T) {
	c := codec.New(ring(t, "a", map[string][]byte{"a": key(1)}), namespace)
	in := payload(bytes.Repeat([]byte("canary-value "), 1000))
	enc, err := c.Encode([]*commonpb.Payload{in, in})
	require.NoError(t, err)
	raw, err := proto.Marshal(enc[0])
	require.NoError(t, err)
	require.NotContains(t, string(raw), "canary")
	require.NotContains(t, string(raw), "json/plain", "the clear encoding is metadata of the content")
	require.Less(t, len(raw), len(in.Data)/10)
	require.NotEqual(t, enc[0].Data, enc[1].Data, "equal payloads must not look equal")
}

func TestRotation(t *testing.T) {
	old := codec.New(ring(t, "2026-01", map[string][]byte{"2026-01": key(1)}), namespace)
	both := codec.New(ring(t, "2026-11", map[string][]byte{"2026-11": key(2), "2026-01": key(1)}), namespace)
	after := codec.New(ring(t, "2026-11", map[string][]byte{"2026-11": key(2)}), namespace)
	in := []*commonpb.Payload{payload([]byte(`"x"`))}

	written, err := old.Encode(in)
	require.NoError(t, err)
	got, err := both.Decode(written)
	require.NoError(t, err)
	require.True(t, proto.Equal(in[0], got[0]))

	_, err = after.Decode(written)
	require.True(t, fault.Is(err, fault.ConfigMissing), "%v", err)
	require.ErrorContains(t, err, "2026-01")

	rewritten, err := both.Encode(in)
	require.NoError(t, err)
	got, err = after.Decode(rewritten)
	require.NoError(t, err)
	require.True(t, proto.Equal(in[0], got[0]))
}

func TestDecodeRefuses(t *testing.T) {
	keys := map[string][]byte{"a": key(1), "b": key(2)}
	c := codec.New(ring(t, "a", keys), namespace)
	for name, change := range map[string]func(*commonpb.Payload){
		"flipped bit":      func(p *commonpb.Payload) { p.Data[rand.IntN(len(p.Data))] ^= 1 },
		"cut short":        func(p *commonpb.Payload) { p.Data = p.Data[:len(p.Data)-1] },
		"empty":            func(p *commonpb.Payload) { p.Data = nil },
		"another key's id": func(p *commonpb.Payload) { p.Metadata["key-id"] = []byte("b") },
	} {
		t.Run(name, func(t *testing.T) {
			enc, err := c.Encode([]*commonpb.Payload{payload([]byte(`{"a":1}`))})
			require.NoError(t, err)
			change(enc[0])
			_, err = c.Decode(enc)
			require.True(t, fault.Is(err, fault.Corrupt), "%v", err)
		})
	}
	t.Run("another namespace", func(t *testing.T) {
		enc, err := codec.New(ring(t, "a", keys), "other").Encode([]*commonpb.Payload{payload([]byte(`1`))})
		require.NoError(t, err)
		_, err = c.Decode(enc)
		require.True(t, fault.Is(err, fault.Corrupt), "%v", err)
	})
}

func TestUnknownEncodingPassesThrough(t *testing.T) {
	c := codec.New(ring(t, "a", map[string][]byte{"a": key(1)}), namespace)
	for _, in := range []*commonpb.Payload{
		payload([]byte(`"clear"`)), {}, {Metadata: map[string][]byte{"encoding": []byte("binary/encrypted")}, Data: []byte{1}},
	} {
		out, err := c.Decode([]*commonpb.Payload{in})
		require.NoError(t, err)
		require.Same(t, in, out[0])
	}
}

func FuzzDecode(f *testing.F) {
	c := codec.New(ring(f, "a", map[string][]byte{"a": key(1)}), namespace)
	known := payload(bytes.Repeat([]byte("abc"), 300))
	good, err := c.Encode([]*commonpb.Payload{known})
	require.NoError(f, err)
	f.Add("a", good[0].Data)
	f.Add("", []byte{})
	f.Add("zz", bytes.Repeat([]byte{0}, 40))
	f.Fuzz(func(t *testing.T, id string, data []byte) {
		in := &commonpb.Payload{
			Metadata: map[string][]byte{"encoding": []byte(codec.Encoding), "key-id": []byte(id)}, Data: data,
		}
		out, err := c.Decode([]*commonpb.Payload{in})
		if err != nil {
			return
		}
		require.Equal(t, "a", id)
		require.True(t, proto.Equal(known, out[0]), "only what the key's holder wrote may decode")
	})
}
