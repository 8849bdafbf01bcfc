package sftp

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"path"
	"strings"

	"transporter/internal/destination"
	"transporter/internal/fault"
)

// Probe delivers a small file of its own under a random hidden name, and tells what the
// server lets us do. It fails only where nothing could be delivered. The file is removed
// again; where the server forbids that, a note names it.
func (d *Destination) Probe(ctx context.Context) (destination.Capabilities, error) {
	s, err := d.connect(ctx)
	if err != nil {
		return destination.Capabilities{}, err
	}
	defer s.Close()
	f, token := probeFile()
	caps, err := s.tryDelivery(ctx, f, token)
	if err != nil {
		return caps, err
	}
	for _, name := range []string{s.temp(f.Name, token), s.final(f.Name)} {
		if err := s.remove(ctx, name); fault.Is(err, fault.PermissionDenied) {
			caps.Notes = append(caps.Notes, fmt.Sprintf("files cannot be removed: please remove %s", name))
		} else if err != nil {
			return caps, err
		}
	}
	return caps, nil
}

func probeFile() (f destination.File, token string) {
	content := []byte(rand.Text())
	sum := sha256.Sum256(content)
	f = destination.File{
		Name: ".probe-" + strings.ToLower(rand.Text()), Size: int64(len(content)), SHA256: hex.EncodeToString(sum[:]),
		Journal: &destination.Memory{},
		Open: func(_ context.Context, offset int64) (io.ReadCloser, error) {
			return io.NopCloser(bytes.NewReader(content[offset:])), nil
		},
	}
	return f, hex.EncodeToString(sum[:8])
}

func (s *session) tryDelivery(ctx context.Context, f destination.File, token string) (caps destination.Capabilities, err error) {
	if err := s.Upload(ctx, f, token, func(int64) {}); err != nil {
		return caps, err
	}
	caps.Highest, err = s.Verify(ctx, f, token, destination.Bytes)
	if err != nil {
		return caps, err
	}
	switch caps.Highest {
	case destination.Sent:
		caps.Notes = append(caps.Notes, "files cannot be looked at or read back: nothing can be verified")
	case destination.Size:
		caps.Notes = append(caps.Notes, "files cannot be read back: only their sizes can be verified, and an interrupted upload starts again")
	}
	if s.d.config.InPlace {
		caps.Notes = append(caps.Notes, "files are written under their final names: a reader may see half of one until the manifest is there")
	}
	err = s.Publish(ctx, f, token, false)
	if fault.Is(err, fault.PermissionDenied) {
		caps.Notes = append(caps.Notes, "files cannot be renamed, which a delivery needs: allow it in "+path.Clean(s.root())+", or set inPlace")
		return caps, nil
	}
	caps.Atomic = err == nil && s.Atomic()
	if _, ok := s.client.HasExtension("fsync@openssh.com"); !ok {
		caps.Notes = append(caps.Notes, "the server cannot be asked to flush files to its disk")
	}
	return caps, err
}
