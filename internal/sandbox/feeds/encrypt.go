package feeds

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// encrypted returns an OpenPGP message to the owner of a public key. Exports of days ago are encrypted to a key
// of today, too: it is taken as it is at its making at the earliest.
func encrypted(content []byte, armoredKey string, now time.Time) ([]byte, error) {
	owners, err := openpgp.ReadArmoredKeyRing(strings.NewReader(armoredKey))
	if err != nil {
		return nil, fmt.Errorf("read public key: %w", err)
	}
	for _, owner := range owners {
		for _, key := range append([]openpgp.Subkey{{PublicKey: owner.PrimaryKey}}, owner.Subkeys...) {
			if made := key.PublicKey.CreationTime; made.After(now) {
				now = made
			}
		}
	}
	var b bytes.Buffer
	w, err := openpgp.Encrypt(&b, owners, nil, &openpgp.FileHints{IsBinary: true, ModTime: now}, &packet.Config{Time: func() time.Time { return now }})
	if err != nil {
		return nil, fmt.Errorf("encrypt: %w", err)
	}
	_, err = w.Write(content)
	if err = errors.Join(err, w.Close()); err != nil {
		return nil, fmt.Errorf("encrypt: %w", err)
	}
	return b.Bytes(), nil
}
