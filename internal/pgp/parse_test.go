package pgp

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"transporter/internal/fault"
)

func TestParseKeyReadsArmoredAndBinary(t *testing.T) {
	want := sharedPair().Fingerprint
	public := sharedPair().Public
	binary, err := dearmor(public)
	require.NoError(t, err)
	for name, text := range map[string]string{
		"armored": public, "with a letter around it": "Dear all,\r\n\r\n" + strings.ReplaceAll(public, "\n", "\r\n") + "\r\nregards",
		"binary": string(binary),
	} {
		key, err := ParseKey(text)
		require.NoError(t, err, name)
		require.Equal(t, want, key.Fingerprint(), name)
	}
}

func TestParseKeyRefuses(t *testing.T) {
	public, private := sharedPair().Public, sharedPair().Private
	binary, err := dearmor(public)
	require.NoError(t, err)
	entity, config := newEntity(t, nil)
	var secret bytes.Buffer
	require.NoError(t, entity.SerializePrivate(&secret, config))
	disguised, err := armored("PGP PUBLIC KEY BLOCK", func(w io.Writer) error {
		_, err := w.Write(secret.Bytes())
		return err
	})
	require.NoError(t, err)
	cases := []struct {
		name, text, says string
	}{
		{"nothing", "", "PUBLIC KEY BLOCK"},
		{"prose", "my key is 0xDEADBEEF", "PUBLIC KEY BLOCK"},
		{"private key", private, "private key"},
		{"private key in a letter", "here: " + private, "private key"},
		{"both halves", public + private, "private key"},
		{"binary private key", secret.String(), "private key"},
		{"private key labelled public", disguised, "private key"},
		{"two keys", public + public, "2 keys"},
		{"two binary keys", string(binary) + string(binary), "2 keys"},
		{"a message", strings.ReplaceAll(public, "PUBLIC KEY BLOCK", "MESSAGE"), `"PGP MESSAGE"`},
		{"cut short", public[:len(public)/2], "armor"},
		{"binary, cut short", string(binary[:len(binary)/2]), "damaged or cut short"},
		{"huge", strings.Repeat("x", maxKeyBytes+1), "longer than"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := ParseKey(c.text)
			require.True(t, fault.Is(err, fault.InvalidSpec), "%v", err)
			require.ErrorContains(t, err, c.says)
			require.ErrorContains(t, err, "gpg --armor --export")
			requireNoEcho(t, err, c.text)
		})
	}
}

// requireNoEcho fails if the error repeats a line of the input.
func requireNoEcho(t *testing.T, err error, text string) {
	t.Helper()
	const tellTale = 12
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if len(line) >= tellTale && !strings.HasPrefix(line, "-----") {
			require.NotContains(t, err.Error(), line[:tellTale])
		}
	}
}

func TestParseKeyNeverPanics(t *testing.T) {
	binary, err := dearmor(sharedPair().Public)
	require.NoError(t, err)
	rapid.Check(t, func(t *rapid.T) {
		spoilt := bytes.Clone(binary)
		for range rapid.IntRange(1, 4).Draw(t, "changes") {
			spoilt[rapid.IntRange(0, len(spoilt)-1).Draw(t, "at")] = rapid.Byte().Draw(t, "to")
		}
		if key, err := ParseKey(string(spoilt)); err == nil {
			_ = key.Fitness(noon)
		} else if kind := fault.KindOf(err); kind != fault.InvalidSpec && kind != fault.KeyUnfit {
			t.Fatalf("%s: %v", kind, err)
		}
	})
}

// withAlgorithm changes the algorithm of the nth packet of the tag.
func withAlgorithm(t *testing.T, raw []byte, tag uint8, algorithm byte) string {
	t.Helper()
	var out bytes.Buffer
	for packets := packet.NewOpaqueReader(bytes.NewReader(raw)); ; {
		p, err := packets.Next()
		if err != nil {
			return out.String()
		}
		if p.Tag == tag {
			p.Contents[5] = algorithm
		}
		require.NoError(t, p.Serialize(&out))
	}
}

func TestUnknownAlgorithms(t *testing.T) {
	const unheardOf = 99
	entity, config := newEntity(t, nil)
	require.NoError(t, entity.AddEncryptionSubkey(config))
	raw, err := dearmor(publicText(t, entity))
	require.NoError(t, err)

	_, err = ParseKey(withAlgorithm(t, raw, tagPublicKey, unheardOf))
	require.True(t, fault.Is(err, fault.KeyUnfit), "%v", err)
	require.ErrorContains(t, err, "algorithm 99")

	key := mustParse(t, withAlgorithm(t, raw, tagPublicSubkey, unheardOf))
	err = key.Fitness(noon)
	require.True(t, fault.Is(err, fault.KeyUnfit), "%v", err)
	require.ErrorContains(t, err, "algorithm 99")

	// One unknown subkey does not spoil the other.
	second := entity.Subkeys[1]
	entity.Subkeys = entity.Subkeys[:1]
	one, err := dearmor(publicText(t, entity))
	require.NoError(t, err)
	entity.Subkeys = []openpgp.Subkey{second}
	two, err := dearmor(publicText(t, entity))
	require.NoError(t, err)
	onlySubkey := func(raw []byte) (out bytes.Buffer) {
		keep := false
		for packets := packet.NewOpaqueReader(bytes.NewReader(raw)); ; {
			p, err := packets.Next()
			if err != nil {
				return out
			}
			if keep = keep || p.Tag == tagPublicSubkey; keep {
				require.NoError(t, p.Serialize(&out))
			}
		}
	}
	extra := onlySubkey(two)
	mixed := withAlgorithm(t, one, tagPublicSubkey, unheardOf) + extra.String()
	require.NoError(t, mustParse(t, mixed).Fitness(noon))
}
