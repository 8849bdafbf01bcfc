package journal

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"transporter/internal/contract"
	"transporter/internal/conversation"
	"transporter/internal/fault"
)

// PutBody keeps a body that is too large for an event, or a file of the consumer, sealed, under
// its hash. Idempotent.
func (j *Journal) PutBody(ctx context.Context, ref contract.ConversationRef, body []byte) (conversation.Blob, error) {
	sum := sha256.Sum256(body)
	b := conversation.Blob{Size: int64(len(body)), SHA256: hex.EncodeToString(sum[:])}
	b.Key = folder(ref) + "/bodies/" + b.SHA256
	if _, err := j.records.PutIfAbsent(ctx, b.Key, body); err != nil {
		return b, fmt.Errorf("keep a body: %w", err)
	}
	return b, nil
}

// Body returns a body that was kept for the conversation; one that is not what its hash says is
// fault.Corrupt, one that is not there fault.NotFound.
func (j *Journal) Body(ctx context.Context, ref contract.ConversationRef, b conversation.Blob) ([]byte, error) {
	var body []byte
	key := folder(ref) + "/bodies/" + b.SHA256
	found, err := j.records.Get(ctx, key, &body)
	switch sum := sha256.Sum256(body); {
	case err != nil:
		return nil, fmt.Errorf("read a body: %w", err)
	case !found:
		return nil, fault.New(fault.NotFound, "the body %s is not kept", key)
	case hex.EncodeToString(sum[:]) != b.SHA256:
		return nil, fault.New(fault.Corrupt, "the body %s is not what it was", key)
	}
	return body, nil
}
