package staging

import (
	"bytes"
	"context"
	"errors"
	"io"

	"transporter/internal/store"
)

// Journal is one small sealed record that may be replaced, unlike a commit record: the
// state of an upload in parts. It is destination.Journal.
type Journal struct {
	stage *Stage
	key   string
}

// Journal returns the journal of the key.
func (s *Stage) Journal(key string) *Journal { return &Journal{s, key} }

// Load returns what was saved last; nil when there is nothing.
func (j *Journal) Load(ctx context.Context) ([]byte, error) {
	src, err := j.stage.store.Open(ctx, j.key, 0)
	if errors.Is(err, store.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer src.Close()
	clear, err := j.stage.box.Unseal(src)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(clear)
}

// Save replaces what is kept; an empty state removes it.
func (j *Journal) Save(ctx context.Context, state []byte) error {
	if len(state) == 0 {
		return j.stage.store.Delete(ctx, j.key)
	}
	var sealed bytes.Buffer
	w, err := j.stage.box.Seal(&sealed)
	if err != nil {
		return err
	}
	if _, err := w.Write(state); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	_, err = j.stage.store.Put(ctx, j.key, &sealed)
	return err
}
