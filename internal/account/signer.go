package account

import "time"

// Signer is the account's own OpenPGP key, which signs files for its receivers. Secret
// opens to the private key.
type Signer struct {
	Fingerprint string    `json:"fingerprint"`
	Armored     string    `json:"armored"` // the public key
	CreatedAt   time.Time `json:"createdAt"`
	Version     int       `json:"version"` // counts the keys the account has had
	Secret      Sealed    `json:"secret,omitzero"`
}
