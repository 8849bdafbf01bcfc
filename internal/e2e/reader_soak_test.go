//go:build soak

package e2e

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/manifest"
)

// readEvery is how often a reader lists its destination.
const readEvery = 5 * time.Millisecond

// reader is a consumer in a hurry: it lists a destination all the time, reads every final
// name as soon as it is there, and again now and then.
type reader struct {
	place string
	files fs.FS
	key   ed25519.PublicKey // of the manifests
	// atomic says that a final name is whole from the start. Else only what a manifest lists
	// is, from the moment on when the manifest's signature holds.
	atomic bool

	seen  map[string]string // final name → SHA-256 when it was first seen
	names []string          // of seen
	lists int
	wrong []string
	stop  chan struct{}
	done  chan struct{}
}

// read starts a reader, which is to be ended.
func read(x target, key ed25519.PublicKey) *reader {
	r := &reader{place: x.title, files: x.files, key: key, atomic: x.atomic, seen: map[string]string{}, stop: make(chan struct{}), done: make(chan struct{})}
	go r.run()
	return r
}

// end stops reading and requires that nothing wrong was seen.
func (r *reader) end(t *testing.T) {
	t.Helper()
	close(r.stop)
	<-r.done
	t.Logf("%s: %d lists, %d final names", r.place, r.lists, len(r.seen))
	require.Empty(t, r.wrong, r.place)
	require.NotEmpty(t, r.seen, r.place)
}

func (r *reader) run() {
	defer close(r.done)
	tick := time.NewTicker(readEvery)
	defer tick.Stop()
	for {
		r.list()
		select {
		case <-r.stop:
			r.list()
			return
		case <-tick.C:
		}
	}
}

// list looks at every new final name, and at an old one by chance.
func (r *reader) list() {
	r.lists++
	err := fs.WalkDir(r.files, ".", func(name string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // it got its final name, or was removed, since the folder was listed
		}
		if err == nil && !entry.IsDir() && !strings.HasPrefix(path.Base(name), ".") {
			if _, old := r.seen[name]; !old {
				r.look(name)
			}
		}
		return err
	})
	if err != nil {
		r.complain("list: %v", err)
	}
	if len(r.names) > 0 {
		r.look(r.names[rand.IntN(len(r.names))])
	}
}

func (r *reader) look(name string) {
	isManifest := strings.HasSuffix(name, manifest.Suffix)
	if !r.atomic && !isManifest {
		return
	}
	content, err := fs.ReadFile(r.files, name)
	if err != nil {
		r.complain("%s: %v", name, err)
		return
	}
	sum := hash(content)
	before, old := r.seen[name]
	switch {
	case old && before != sum:
		r.complain("%s changed after it was there", name)
	case isManifest && !r.promise(name, content):
	case !old:
		r.seen[name], r.names = sum, append(r.names, name)
	}
}

// promise holds what a manifest lists against what lies there at this moment. False means
// that it is no manifest yet.
func (r *reader) promise(name string, content []byte) bool {
	m, err := manifest.Read(content, r.key)
	if err != nil && !r.atomic {
		return false // half of one: its signature does not hold
	}
	if err != nil {
		r.complain("%s: %v", name, err)
		return false
	}
	for _, f := range m.Files {
		data, err := fs.ReadFile(r.files, filepath.Join(filepath.Dir(name), f.Name))
		if err != nil || hash(data) != f.SHA256 {
			r.complain("%s is there before %s is whole: %d bytes of %d, %v", name, f.Name, len(data), f.Size, err)
		}
	}
	return true
}

func (r *reader) complain(format string, args ...any) {
	const most = 20
	if len(r.wrong) < most {
		r.wrong = append(r.wrong, fmt.Sprintf(format, args...))
	}
}

func hash(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}
