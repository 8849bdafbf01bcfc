package seal

import (
	"crypto/hpke"
	"fmt"

	"transporter/internal/account"
	"transporter/internal/fault"
)

// hpkeInfo separates our use of a key from any other; the account follows it.
const hpkeInfo = "transporter sealed value v1\x00"

// Close closes the clear bytes to the public key. The account is bound: Open with
// another one fails, so that a sealed value cannot be moved between accounts. Two calls
// never give the same value.
func Close(pub *PublicKey, accountID string, clear []byte) (account.Sealed, error) {
	enc, sender, err := hpke.NewSender(pub.key, kdf, aead, info(accountID))
	if err != nil {
		return account.Sealed{}, fmt.Errorf("seal secret: %w", err)
	}
	data, err := sender.Seal(nil, clear)
	if err != nil {
		return account.Sealed{}, fmt.Errorf("seal secret: %w", err)
	}
	return account.Sealed{KeyID: pub.KeyID(), Enc: enc, Data: data}, nil
}

// Open returns the clear bytes. A value closed to another key is fault.ConfigMissing;
// one that was changed, or closed for another account, is fault.Corrupt.
func Open(priv *PrivateKey, accountID string, s account.Sealed) ([]byte, error) {
	if s.KeyID != priv.KeyID() {
		return nil, fault.New(fault.ConfigMissing, "open secret: closed to key %.16q, this program holds %s",
			s.KeyID, priv.KeyID()).WithFix("start the worker with that private key, or enter the secret again")
	}
	recipient, err := hpke.NewRecipient(s.Enc, priv.key, kdf, aead, info(accountID))
	if err == nil {
		var clear []byte
		if clear, err = recipient.Open(nil, s.Data); err == nil {
			return clear, nil
		}
	}
	return nil, fault.New(fault.Corrupt, "open secret: %w", err).
		WithFix("enter the secret again: it was changed, or closed for another account than %q", accountID)
}

func info(accountID string) []byte { return []byte(hpkeInfo + accountID) }
