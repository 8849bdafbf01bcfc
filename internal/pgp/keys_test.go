package pgp

import (
	"bytes"
	"io"
	"sync"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	"github.com/stretchr/testify/require"
)

const passphrase = "opens the box"

// birth is when the keys of the tests are made; noon is when they are used.
var (
	birth = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	noon  = birth.Add(3 * time.Hour)
)

// sharedPair is an Ed25519 key for tests that need any key.
var sharedPair = sync.OnceValue(func() *KeyPair {
	pair, err := GenerateKey(Options{Name: "Reports", Email: "reports@example.com", Passphrase: passphrase, Algorithm: "ed25519", Now: birth})
	if err != nil {
		panic(err)
	}
	return pair
})

// sharedRing is the private half of sharedPair, unlocked once: that takes long.
var sharedRing = sync.OnceValue(func() openpgp.EntityList {
	ring, err := privateRing(sharedPair().Private, passphrase)
	if err != nil {
		panic(err)
	}
	return ring
})

func mustParse(t testing.TB, text string) *Key {
	t.Helper()
	key, err := ParseKey(text)
	require.NoError(t, err)
	return key
}

func encrypt(t testing.TB, clear []byte, keys ...*Key) []byte {
	t.Helper()
	var message bytes.Buffer
	w, err := Encrypt(&message, keys, Message{Name: "report.csv", Now: noon})
	require.NoError(t, err)
	_, err = w.Write(clear)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return message.Bytes()
}

func decrypt(t testing.TB, message []byte, private, passphrase string) []byte {
	t.Helper()
	r, err := Decrypt(bytes.NewReader(message), private, passphrase)
	require.NoError(t, err)
	clear, err := io.ReadAll(r)
	require.NoError(t, err)
	return clear
}

// newEntity makes an unlocked key that a test can spoil.
func newEntity(t testing.TB, change func(*packet.Config)) (*openpgp.Entity, *packet.Config) {
	t.Helper()
	config := &packet.Config{
		Time: func() time.Time { return birth }, Algorithm: packet.PubKeyAlgoEdDSA, Curve: packet.Curve25519,
	}
	if change != nil {
		change(config)
	}
	entity, err := openpgp.NewEntity("Spoilt", "", "", config)
	require.NoError(t, err)
	return entity, config
}

func publicText(t testing.TB, entity *openpgp.Entity) string {
	t.Helper()
	text, err := armored(openpgp.PublicKeyType, entity.Serialize)
	require.NoError(t, err)
	return text
}
