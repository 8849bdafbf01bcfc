package pgp

import (
	"bytes"
	"crypto"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"transporter/internal/fault"
)

// write returns the message of the clear bytes.
func write(t require.TestingT, clear []byte, keys []*Key, m Message) []byte {
	m.Name, m.Now = "report.csv", noon
	var out bytes.Buffer
	w, err := Encrypt(&out, keys, m)
	require.NoError(t, err)
	_, err = w.Write(clear)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return out.Bytes()
}

// modern makes a key that asks for version 2, in the given order of modes.
func modern(v6 bool, modes ...packet.AEADMode) func(*packet.Config) {
	return func(c *packet.Config) {
		c.AEADConfig, c.DefaultCipher = &packet.AEADConfig{}, packet.CipherAES256
		if len(modes) > 0 {
			c.AEADConfig.DefaultMode = modes[0]
		}
		if v6 {
			c.V6Keys, c.Algorithm = true, packet.PubKeyAlgoEd25519
		}
	}
}

// Version 2 is written when every key asks for it, and only then; everybody reads it.
func TestVersions(t *testing.T) {
	type receiver = func(*packet.Config)
	for name, tc := range map[string]struct {
		receivers []receiver
		version   int
		suite     packet.CipherSuite
	}{
		"one that does not ask":         {[]receiver{nil}, 1, packet.CipherSuite{Cipher: packet.CipherAES256}},
		"one that asks":                 {[]receiver{modern(false)}, 2, packet.CipherSuite{Cipher: packet.CipherAES256, Mode: packet.AEADModeOCB}},
		"one that asks for GCM":         {[]receiver{modern(false, packet.AEADModeGCM)}, 2, packet.CipherSuite{Cipher: packet.CipherAES256, Mode: packet.AEADModeGCM}},
		"version 6 keys":                {[]receiver{modern(true), modern(true)}, 2, packet.CipherSuite{Cipher: packet.CipherAES256, Mode: packet.AEADModeOCB}},
		"version 4 and 6":               {[]receiver{modern(false), modern(true)}, 2, packet.CipherSuite{Cipher: packet.CipherAES256, Mode: packet.AEADModeOCB}},
		"two that want different modes": {[]receiver{modern(false, packet.AEADModeGCM), modern(false, packet.AEADModeEAX)}, 2, packet.CipherSuite{Cipher: packet.CipherAES256, Mode: packet.AEADModeOCB}},
		"an old one among new ones":     {[]receiver{modern(false), nil, modern(true)}, 1, packet.CipherSuite{Cipher: packet.CipherAES256}},
	} {
		t.Run(name, func(t *testing.T) {
			var keys []*Key
			var owners []*openpgp.Entity
			for _, change := range tc.receivers {
				owner, _ := newEntity(t, change)
				owners, keys = append(owners, owner), append(keys, mustParse(t, publicText(t, owner)))
			}
			require.Equal(t, tc.version, Version(keys))
			require.Equal(t, tc.suite, suiteFor(keys).CipherSuite)
			clear := content(9, 3*partialSize, true)
			for _, armor := range []bool{false, true} {
				message := write(t, clear, keys, Message{Armor: armor})
				require.NoError(t, Check(bytes.NewReader(message), keys, noon))
				e, err := Inspect(bytes.NewReader(message))
				require.NoError(t, err)
				require.Equal(t, tc.version, e.Version)
				for _, owner := range owners {
					r, err := decryptWith(bytes.NewReader(message), openpgp.EntityList{owner})
					require.NoError(t, err)
					got, err := io.ReadAll(r)
					require.NoError(t, err)
					require.True(t, bytes.Equal(clear, got))
				}
			}
		})
	}
}

// A message in which a byte was changed or that was cut is never read as whole.
func TestDamagedMessages(t *testing.T) {
	owner, _ := newEntity(t, modern(false))
	for name, tc := range map[string]struct {
		keys  []*Key
		ring  openpgp.EntityList
		armor bool
	}{
		"binary":             {[]*Key{mustParse(t, sharedPair().Public)}, sharedRing(), false},
		"armored":            {[]*Key{mustParse(t, sharedPair().Public)}, sharedRing(), true},
		"version 2":          {[]*Key{mustParse(t, publicText(t, owner))}, openpgp.EntityList{owner}, false},
		"version 2, armored": {[]*Key{mustParse(t, publicText(t, owner))}, openpgp.EntityList{owner}, true},
	} {
		t.Run(name, func(t *testing.T) {
			message := write(t, content(10, 200_000, false), tc.keys, Message{Armor: tc.armor})
			whole := func(message []byte) error {
				r, err := decryptWith(bytes.NewReader(message), tc.ring)
				if err == nil {
					_, err = io.Copy(io.Discard, r)
				}
				return err
			}
			require.NoError(t, whole(message))
			last := len(message)
			if tc.armor { // the lines after the data hold no data
				last = strings.LastIndex(string(message), "\n-----END") - 10
			}
			rapid.Check(t, func(t *rapid.T) {
				length := rapid.IntRange(0, last-1).Draw(t, "length")
				require.True(t, fault.Is(Check(bytes.NewReader(message[:length]), tc.keys, noon), fault.Corrupt), "cut to %d", length)
				require.True(t, fault.Is(whole(message[:length]), fault.Corrupt), "cut to %d", length)
			})
		})
	}
}

// What is checked before a file leaves: it is for the keys, all of them and nobody else.
func TestCheck(t *testing.T) {
	newKey := func(change func(*packet.Config)) *Key {
		entity, _ := newEntity(t, change)
		return mustParse(t, publicText(t, entity))
	}
	a, b, stranger, asks := newKey(nil), newKey(nil), newKey(nil), newKey(modern(false))
	short := newKey(livesFor(4 * time.Hour))
	for name, tc := range map[string]struct {
		to, of []*Key
		at     time.Time
		says   string // empty: right
	}{
		"right":                      {[]*Key{a, b}, []*Key{a, b}, noon, ""},
		"in another order":           {[]*Key{b, a}, []*Key{a, b}, noon, ""},
		"one is missing":             {[]*Key{a}, []*Key{a, b}, noon, "not encrypted to key " + b.Fingerprint()},
		"one too many":               {[]*Key{a, stranger}, []*Key{a}, noon, "no part of its receivers' keys"},
		"another":                    {[]*Key{stranger}, []*Key{a}, noon, "no part of its receivers' keys"},
		"the key has expired since":  {[]*Key{short}, []*Key{short}, noon.Add(2 * time.Hour), "fit now"},
		"a form nobody asked for":    {[]*Key{asks}, []*Key{withoutAEAD(t, asks)}, noon, "does not ask for"},
		"a form that all can read":   {[]*Key{asks, a}, []*Key{a, asks}, noon, ""},
		"the key is still fit later": {[]*Key{a}, []*Key{a}, noon.AddDate(10, 0, 0), ""},
	} {
		t.Run(name, func(t *testing.T) {
			for _, m := range []Message{{}, {Armor: true}} {
				message := write(t, []byte("clear"), tc.to, m)
				for _, check := range []func(io.Reader, []*Key, time.Time) error{Check, CheckHead} {
					err := check(bytes.NewReader(message), tc.of, tc.at)
					if tc.says == "" {
						require.NoError(t, err)
						continue
					}
					require.True(t, fault.Is(err, fault.KeyUnfit), "%v", err)
					require.ErrorContains(t, err, tc.says)
				}
			}
		})
	}
	err := Check(strings.NewReader("id,name\n1,a\n"), []*Key{a}, noon)
	require.True(t, fault.Is(err, fault.Corrupt), "clear text: %v", err)
}

// withoutAEAD returns the key as if its owner had taken the feature back.
func withoutAEAD(t *testing.T, key *Key) *Key {
	t.Helper()
	again := mustParse(t, publicText(t, key.entity))
	self, _ := again.entity.PrimarySelfSignature()
	self.SEIPDv2 = false
	return again
}

// Two messages that the same private keys open have the same readers, others have not.
func TestReaders(t *testing.T) {
	entity, config := newEntity(t, nil)
	before, err := Readers([]*Key{mustParse(t, publicText(t, entity))}, noon)
	require.NoError(t, err)
	again, err := Readers([]*Key{mustParse(t, publicText(t, entity))}, noon.AddDate(1, 0, 0))
	require.NoError(t, err)
	require.Equal(t, before, again)
	later := *config
	later.Time = func() time.Time { return birth.Add(time.Hour) }
	require.NoError(t, entity.AddEncryptionSubkey(&later))
	after, err := Readers([]*Key{mustParse(t, publicText(t, entity))}, noon)
	require.NoError(t, err)
	require.NotEqual(t, before, after)
}

func TestSignatures(t *testing.T) {
	public, text, private, err := NewSigner("Support EU", birth)
	require.NoError(t, err)
	require.Error(t, public.Fitness(noon), "nobody can encrypt to it")
	signer, err := ParseSigner(private)
	require.NoError(t, err)
	other, _, _, err := NewSigner("Somebody else", birth)
	require.NoError(t, err)
	to := []*Key{mustParse(t, sharedPair().Public)}
	for _, size := range []int{0, 10, 3 * partialSize} {
		for _, armor := range []bool{false, true} {
			t.Run(fmt.Sprint(size, armor), func(t *testing.T) {
				clear := content(11, size, true)
				message := write(t, clear, to, Message{Signer: signer, Armor: armor})
				require.NoError(t, Check(bytes.NewReader(message), to, noon))
				require.Equal(t, clear, decryptUnlocked(t, message), "without a look at the signature")
				require.NoError(t, readSigned(message, clear, mustParse(t, text)))
				require.ErrorContains(t, readSigned(message, clear, other), "signed by another key")
				require.ErrorContains(t, readSigned(write(t, clear, to, Message{Armor: armor}), clear, public), "not signed")
			})
		}
	}
	_, err = ParseSigner([]byte("no key"))
	require.True(t, fault.Is(err, fault.Corrupt), "%v", err)
}

// A signature over other bytes is found where the message ends.
func TestForgedSignature(t *testing.T) {
	public, _, private, err := NewSigner("Support EU", birth)
	require.NoError(t, err)
	signer, err := ParseSigner(private)
	require.NoError(t, err)
	var message bytes.Buffer
	w, err := Encrypt(&message, []*Key{mustParse(t, sharedPair().Public)}, Message{Name: "x", Now: noon, Signer: signer})
	require.NoError(t, err)
	_, err = w.Write([]byte("clear"))
	require.NoError(t, err)
	w.(*signedWriter).sum = crypto.SHA256.New()
	require.NoError(t, w.Close())
	require.ErrorContains(t, readSigned(message.Bytes(), []byte("clear"), public), "signature of the message is wrong")
}

// readSigned decrypts with the shared key, as DecryptSigned does.
func readSigned(message, clear []byte, by *Key) error {
	details, err := decryptMessage(bytes.NewReader(message), append(openpgp.EntityList{by.entity}, sharedRing()...), noon)
	if err != nil {
		return err
	}
	got, err := io.ReadAll(&checkedReader{details.UnverifiedBody, details, by})
	if err == nil && !bytes.Equal(clear, got) {
		return fmt.Errorf("%d bytes came out", len(got))
	}
	return err
}
