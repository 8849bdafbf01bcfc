package destination

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strings"
)

// Tried records a step of a probe, and returns its error: the step at which a delivery would
// fail is the last one.
func (c *Capabilities) Tried(name string, err error) error {
	step := Step{Name: name, OK: err == nil}
	if err != nil {
		step.Note = err.Error()
	}
	c.Steps = append(c.Steps, step)
	return err
}

// Lacks records a step that the place does not allow, and what that means for deliveries,
// which work without it.
func (c *Capabilities) Lacks(name, note string) {
	c.Steps = append(c.Steps, Step{Name: name, Note: note})
	c.Notes = append(c.Notes, note)
}

// ProbeFile returns a small file with random content, under a random name with the prefix,
// and the token to deliver it with.
func ProbeFile(prefix string) (f File, token string) {
	content := []byte(rand.Text())
	sum := sha256.Sum256(content)
	return File{
		Name: prefix + strings.ToLower(rand.Text()), Size: int64(len(content)), SHA256: hex.EncodeToString(sum[:]),
		Journal: new(Memory),
		Open: func(_ context.Context, offset int64) (io.ReadCloser, error) {
			return io.NopCloser(bytes.NewReader(content[offset:])), nil
		},
	}, hex.EncodeToString(sum[:8])
}
