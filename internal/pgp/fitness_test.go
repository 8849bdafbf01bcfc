package pgp

import (
	"bytes"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
)

func rsaOf(bits int) func(*packet.Config) {
	return func(c *packet.Config) { c.Algorithm, c.RSABits = packet.PubKeyAlgoRSA, bits }
}

func livesFor(d time.Duration) func(*packet.Config) {
	return func(c *packet.Config) { c.KeyLifetimeSecs = uint32(d.Seconds()) }
}

// revokeUserID adds a revocation of the main user id, for which go-crypto has no call.
func revokeUserID(t *testing.T, e *openpgp.Entity, config *packet.Config) {
	t.Helper()
	id := e.PrimaryIdentity()
	reason := packet.UserIDNotValid
	sig := &packet.Signature{
		Version: e.PrimaryKey.Version, SigType: packet.SigTypeCertificationRevocation, PubKeyAlgo: e.PrimaryKey.PubKeyAlgo,
		Hash: config.Hash(), CreationTime: birth, IssuerKeyId: &e.PrimaryKey.KeyId, RevocationReason: &reason,
	}
	require.NoError(t, sig.SignUserId(id.UserId.Id, e.PrimaryKey, e.PrivateKey, config))
	id.Signatures = append(id.Signatures, sig)
	id.Revocations = append(id.Revocations, sig)
}

func TestFitness(t *testing.T) {
	cases := []struct {
		name   string
		config func(*packet.Config)
		spoil  func(*testing.T, *openpgp.Entity, *packet.Config)
		at     time.Time
		says   string // empty: fit
	}{
		{name: "fit", at: noon},
		{name: "RSA 2048", config: rsaOf(2048), at: noon},
		{name: "NIST P-256", config: func(c *packet.Config) {
			c.Algorithm, c.Curve = packet.PubKeyAlgoECDSA, packet.CurveNistP256
		}, at: noon},
		{name: "ids of RFC 9580", config: func(c *packet.Config) { c.Algorithm = packet.PubKeyAlgoEd25519 }, at: noon},
		{name: "version 6", config: func(c *packet.Config) { c.V6Keys, c.Algorithm = true, packet.PubKeyAlgoEd25519 }, at: noon},
		{name: "RSA too short", config: rsaOf(1024), at: noon, says: "RSA of 1024 bits is too short"},
		{name: "not valid yet", at: birth.Add(-time.Hour), says: "not valid before 2026-11-20 09:00:00 UTC"},
		{name: "just before expiry", config: livesFor(time.Hour), at: birth.Add(59 * time.Minute)},
		{name: "expired", config: livesFor(time.Hour), at: noon, says: "expired on 2026-11-20 10:00:00 UTC"},
		{
			name: "revoked", at: noon, says: "revoked because it was compromised",
			spoil: func(t *testing.T, e *openpgp.Entity, c *packet.Config) {
				require.NoError(t, e.RevokeKey(packet.KeyCompromised, "stolen", c))
			},
		},
		{
			name: "superseded", at: noon, says: "revoked because another key took its place",
			spoil: func(t *testing.T, e *openpgp.Entity, c *packet.Config) {
				require.NoError(t, e.RevokeKey(packet.KeySuperseded, "", c))
			},
		},
		{name: "user id revoked", at: noon, says: "its user id was revoked", spoil: revokeUserID},
		{
			name: "subkey revoked", at: noon, says: "(Curve25519) was revoked because it was retired",
			spoil: func(t *testing.T, e *openpgp.Entity, c *packet.Config) {
				require.NoError(t, e.RevokeSubkey(&e.Subkeys[0], packet.KeyRetired, "", c))
			},
		},
		{
			name: "one of two subkeys revoked", at: noon,
			spoil: func(t *testing.T, e *openpgp.Entity, c *packet.Config) {
				require.NoError(t, e.AddEncryptionSubkey(c))
				require.NoError(t, e.RevokeSubkey(&e.Subkeys[0], packet.KeyRetired, "", c))
			},
		},
		{
			name: "subkey expired", at: noon, says: "expired on 2026-11-20 10:00:00 UTC",
			spoil: func(t *testing.T, e *openpgp.Entity, c *packet.Config) {
				e.Subkeys = nil
				short := *c
				short.KeyLifetimeSecs = 3600
				require.NoError(t, e.AddEncryptionSubkey(&short))
			},
		},
		{
			name: "sign only", at: noon, says: "the primary key is not for encryption",
			spoil: func(_ *testing.T, e *openpgp.Entity, _ *packet.Config) { e.Subkeys = nil },
		},
		{
			name: "signing subkey only", at: noon, says: "is not for encryption",
			spoil: func(t *testing.T, e *openpgp.Entity, c *packet.Config) {
				e.Subkeys = nil
				require.NoError(t, e.AddSigningSubkey(c))
			},
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			entity, config := newEntity(t, c.config)
			if c.spoil != nil {
				c.spoil(t, entity, config)
			}
			key := mustParse(t, publicText(t, entity))
			err := key.Fitness(c.at)
			var written bytes.Buffer
			_, encryptErr := Encrypt(&written, []*Key{key}, Message{Name: "x", Now: c.at})
			if c.says == "" {
				require.NoError(t, err)
				require.NoError(t, encryptErr)
				return
			}
			require.Zero(t, written.Len())
			for _, err := range []error{err, encryptErr} {
				require.True(t, fault.Is(err, fault.KeyUnfit), "%v", err)
				require.ErrorContains(t, err, c.says)
				require.ErrorContains(t, err, key.Fingerprint())
				var f *fault.Error
				require.ErrorAs(t, err, &f)
				require.NotEmpty(t, f.Fix)
			}
		})
	}
}

func TestExpiresIsTheEarlierOfKeyAndSubkeys(t *testing.T) {
	entity, config := newEntity(t, livesFor(10*time.Hour))
	entity.Subkeys = nil
	for _, hours := range []uint32{2, 5} {
		short := *config
		short.KeyLifetimeSecs = hours * 3600
		require.NoError(t, entity.AddEncryptionSubkey(&short))
	}
	key := mustParse(t, publicText(t, entity))
	require.Equal(t, birth.Add(5*time.Hour), key.Expires())
	require.NoError(t, key.Fitness(birth.Add(4*time.Hour)))
	require.Error(t, key.Fitness(birth.Add(6*time.Hour)))
}
