package destination

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strings"
	"time"
)

// Lacks records a step that the place does not allow, and what that means for deliveries,
// which work without it.
func (c *Capabilities) Lacks(name, note string) {
	c.Log.Lacks(name, note)
	c.Notes = append(c.Notes, note)
}

// cleanTimeout leaves a test that fails late time to say so.
const cleanTimeout = 10 * time.Second

// Cleaning returns a context for removing what a probe has written: it goes on after ctx has
// ended, for 10 seconds.
func Cleaning(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), cleanTimeout)
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
