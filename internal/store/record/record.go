// Package record keeps small sealed JSON objects in a store: commit records, receipts,
// ledger entries. Each is bound to its key, so that an object copied under another key
// is refused.
package record

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"transporter/internal/fault"
	"transporter/internal/seal"
	"transporter/internal/store"
)

// maxBytes bounds what is read into memory; a record of 100,000 slices has 10 MB.
const maxBytes = 64 << 20

// Records reads and writes records. It is safe for concurrent use.
type Records struct {
	store store.Store
	box   *seal.Box
}

// New returns the records of a store, sealed by the box.
func New(st store.Store, box *seal.Box) *Records { return &Records{st, box} }

// envelope is what is sealed.
type envelope struct {
	Key   string          `json:"key"`
	Value json.RawMessage `json:"value"`
}

// Put stores v under key, replacing what is there. Idempotent.
func (r *Records) Put(ctx context.Context, key string, v any) error {
	sealed, err := r.seal(key, v)
	if err != nil {
		return err
	}
	_, err = r.store.Put(ctx, key, bytes.NewReader(sealed))
	return err
}

// PutIfAbsent stores v under key unless there is a record; won tells whether v is now
// what the key holds because of this call.
func (r *Records) PutIfAbsent(ctx context.Context, key string, v any) (won bool, err error) {
	sealed, err := r.seal(key, v)
	if err != nil {
		return false, err
	}
	_, err = r.store.PutIfAbsent(ctx, key, bytes.NewReader(sealed))
	if errors.Is(err, store.ErrExists) {
		return false, nil
	}
	return err == nil, err
}

// Get decodes the record into v; found is false when there is none. A record that was
// changed or moved is fault.Corrupt.
func (r *Records) Get(ctx context.Context, key string, v any) (found bool, err error) {
	src, err := r.store.Open(ctx, key, 0)
	if errors.Is(err, store.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, src.Close()) }()
	clear, err := r.box.Unseal(src)
	if err != nil {
		return false, fmt.Errorf("read record %s: %w", key, err)
	}
	text, err := io.ReadAll(io.LimitReader(clear, maxBytes+1))
	if err != nil {
		return false, fmt.Errorf("read record %s: %w", key, err)
	}
	if len(text) > maxBytes {
		return false, fault.New(fault.Corrupt, "read record %s: longer than %d bytes", key, maxBytes)
	}
	return true, decode(key, text, v)
}

func decode(key string, text []byte, v any) error {
	var e envelope
	if err := json.Unmarshal(text, &e); err != nil {
		return fault.New(fault.Corrupt, "read record %s: %w", key, err)
	}
	if e.Key != key {
		return fault.New(fault.Corrupt, "read record %s: it is the record of %s", key, e.Key)
	}
	if err := json.Unmarshal(e.Value, v); err != nil {
		return fault.New(fault.Corrupt, "read record %s: %w", key, err)
	}
	return nil
}

func (r *Records) seal(key string, v any) ([]byte, error) {
	value, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("write record %s: %w", key, err)
	}
	text, err := json.Marshal(envelope{Key: key, Value: value})
	if err != nil {
		return nil, fmt.Errorf("write record %s: %w", key, err)
	}
	if len(text) > maxBytes {
		return nil, fault.New(fault.InvalidSpec, "write record %s: %d bytes, at most %d", key, len(text), maxBytes)
	}
	var sealed bytes.Buffer
	w, err := r.box.Seal(&sealed)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(text); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return sealed.Bytes(), nil
}
