package staging

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"transporter/internal/contract"
	"transporter/internal/fault"
)

// PutJSON stages v as JSON and returns its reference.
func (s *Stage) PutJSON(ctx context.Context, prefix string, v any) (contract.Ref, error) {
	w, err := s.Create(ctx, prefix)
	if err != nil {
		return contract.Ref{}, err
	}
	defer w.Abort()
	if err := json.NewEncoder(w).Encode(v); err != nil {
		return contract.Ref{}, fmt.Errorf("stage %T: %w", v, err)
	}
	return w.Commit(ctx)
}

// GetJSON decodes what PutJSON staged into v. Damage is fault.Corrupt, also where what
// was decoded before it looks right.
func (s *Stage) GetJSON(ctx context.Context, ref contract.Ref, v any) (err error) {
	r, err := s.Open(ctx, ref)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	decodeErr := json.NewDecoder(r).Decode(v)
	if _, err := io.Copy(io.Discard, r); err != nil { // to the end, where the hash is compared
		return err
	}
	if decodeErr != nil {
		return fault.New(fault.Corrupt, "read %s as %T: %w", ref.Key, v, decodeErr)
	}
	return nil
}
