package receipt

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// PutCertificate keeps a signed certificate of coverage and returns its key, which is made
// of its content. Idempotent.
func (b *Book) PutCertificate(ctx context.Context, account, task string, signed any) (key string, err error) {
	text, err := json.Marshal(signed)
	if err != nil {
		return "", fmt.Errorf("write certificate: %w", err)
	}
	sum := sha256.Sum256(text)
	key = fmt.Sprintf("certificates/%s/%s/%s", account, task, hex.EncodeToString(sum[:]))
	_, err = b.records.PutIfAbsent(ctx, key, json.RawMessage(text))
	return key, err
}

// Certificate returns the JSON that PutCertificate kept under the key; found is false when
// there is none.
func (b *Book) Certificate(ctx context.Context, key string) (text json.RawMessage, found bool, err error) {
	found, err = b.records.Get(ctx, key, &text)
	return text, found, err
}
