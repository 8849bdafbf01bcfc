package pgp

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
)

var update = flag.Bool("update", false, "write the tables of docs/openpgp.md anew; with -tags soak, which makes every row")

// matrixDoc holds the matrix between its two marks.
const (
	matrixDoc   = "../../docs/openpgp.md"
	matrixBegin = "<!-- made by: go test -tags soak ./internal/pgp -run TestMatrix -update -->\n"
	matrixEnd   = "<!-- end -->\n"
)

const matrixHead = "| made by | key | taken | data | gpg | sq | sqop | ours | gpg → ours | sq → ours | sqop → ours |\n|---|---|---|---|---|---|---|---|---|---|---|\n"

// TestMatrix makes keys of every shape and has every program read our messages to it and
// write one for us; what came of it is what docs/openpgp.md says.
func TestMatrix(t *testing.T) {
	var mu sync.Mutex
	rows := map[int]string{}
	t.Run("shapes", func(t *testing.T) {
		for i, s := range shapes() {
			if !s.core && !wholeMatrix {
				continue
			}
			t.Run(s.maker+" "+s.name, func(t *testing.T) {
				t.Parallel()
				row := s.row(t)
				mu.Lock()
				defer mu.Unlock()
				rows[i] = row
			})
		}
	})
	doc, err := os.ReadFile(matrixDoc)
	require.NoError(t, err)
	before, rest, ok := strings.Cut(string(doc), matrixBegin)
	require.True(t, ok, "docs/openpgp.md has no place for the matrix")
	table, after, ok := strings.Cut(rest, matrixEnd)
	require.True(t, ok)
	made := matrixHead
	for i := range shapes() {
		made += rows[i]
	}
	if *update && wholeMatrix {
		require.NoError(t, os.WriteFile(matrixDoc, []byte(before+matrixBegin+made+matrixEnd+after), 0o600))
		return
	}
	if wholeMatrix {
		require.Equal(t, made, table)
	}
	for _, row := range rows {
		require.Contains(t, table, row, "docs/openpgp.md says otherwise")
	}
}

// row tries one shape.
func (s shape) row(t *testing.T) string {
	public, secret := s.make(t)
	key, err := ParseKey(public)
	if err == nil {
		err = key.Fitness(time.Now())
	}
	if err != nil {
		return fmt.Sprintf("| %s | %s | no: %s | | | | | | | | |\n", s.maker, s.name, whyNot(err))
	}
	cells := []string{s.maker, s.name, "yes", fmt.Sprintf("v%d", Version([]*Key{key}))}
	sender, messages := messagesFor(t, key)
	var theirs []string
	for _, name := range readers {
		r := newReader(t, name)
		cells = append(cells, readBy(t, r, secret, sender, messages))
		theirs = append(theirs, writtenBy(t, r, public, secret))
	}
	cells = append(append(cells, readByUs(t, secret, sender, messages)), theirs...)
	return "| " + strings.Join(cells, " | ") + " |\n"
}

// changing is what differs from run to run in a reason: keys, dates.
var changing = regexp.MustCompile(`key [0-9A-F]{40,64} cannot be used: |[0-9A-F]{16} | on \d{4}-.*UTC`)

func whyNot(err error) string {
	var f *fault.Error
	if !errors.As(err, &f) {
		return err.Error()
	}
	return changing.ReplaceAllString(f.Message, "")
}

// ways are the forms in which a leg may ask for its files.
var ways = []string{"binary", "armored", "signed", "several receivers"}

// matrixClear is what is sent: more than one packet of every kind.
var matrixClear = sync.OnceValue(func() []byte { return content(12, 5*partialSize, true) })

// messagesFor writes one message for the key in every way, and returns the sender's public
// key. The other of several receivers asks for whatever the key asks for.
func messagesFor(t *testing.T, key *Key) (sender string, messages map[string][]byte) {
	t.Helper()
	now := time.Now()
	_, sender, private, err := NewSigner("Sender", now.Add(-time.Hour))
	require.NoError(t, err)
	signer, err := ParseSigner(private)
	require.NoError(t, err)
	other := mustParse(t, sharedPair().Public)
	if Version([]*Key{key}) == versionAEAD {
		entity, _ := newEntity(t, modern(false))
		other = mustParse(t, publicText(t, entity))
	}
	messages = map[string][]byte{}
	for way, m := range map[string]Message{"binary": {}, "armored": {Armor: true}, "signed": {Signer: signer}, "several receivers": {}} {
		keys := []*Key{key}
		if way == "several receivers" {
			keys = []*Key{other, key}
		}
		m.Name, m.Now = "report.csv", now
		var out bytes.Buffer
		w, err := Encrypt(&out, keys, m)
		require.NoError(t, err)
		_, err = w.Write(matrixClear())
		require.NoError(t, err)
		require.NoError(t, w.Close())
		require.NoError(t, Check(bytes.NewReader(out.Bytes()), keys, now))
		messages[way] = out.Bytes()
	}
	return sender, messages
}

// readBy says whether the program reads our messages in every way.
func readBy(t *testing.T, r reader, secret, sender string, messages map[string][]byte) string {
	t.Helper()
	if !r.accept(t, secret, sender) {
		return "no: does not take the key"
	}
	return verdict(func(way string) []byte { return r.decrypt(t, messages[way], way == "signed") })
}

func readByUs(t *testing.T, secret, sender string, messages map[string][]byte) string {
	t.Helper()
	return verdict(func(way string) []byte {
		r, err := Decrypt(bytes.NewReader(messages[way]), secret, "")
		if way == "signed" {
			r, err = DecryptSigned(bytes.NewReader(messages[way]), secret, "", mustParse(t, sender), time.Now())
		}
		require.NoError(t, err)
		clear, err := io.ReadAll(r)
		require.NoError(t, err)
		return clear
	})
}

// verdict is "yes" if every way came out right, else what did not.
func verdict(read func(way string) []byte) string {
	var failed []string
	for _, way := range ways {
		if !bytes.Equal(matrixClear(), read(way)) {
			failed = append(failed, way)
		}
	}
	switch len(failed) {
	case 0:
		return "yes"
	case len(ways):
		return "no: cannot decrypt"
	}
	return "no: " + strings.Join(failed, ", ")
}

// writtenBy says whether we read what the program writes for the key.
func writtenBy(t *testing.T, r reader, public, secret string) string {
	t.Helper()
	message := r.encrypt(t, matrixClear(), public)
	if message == nil {
		return "it cannot"
	}
	src, err := Decrypt(bytes.NewReader(message), secret, "")
	if err == nil {
		var clear []byte
		if clear, err = io.ReadAll(src); err == nil && bytes.Equal(matrixClear(), clear) {
			return "yes"
		}
	}
	return fmt.Sprintf("no: %v", err)
}
