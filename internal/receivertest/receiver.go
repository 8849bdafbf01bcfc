// Package receivertest is a receiver of files over HTTP for tests, as docs/destinations.md tells
// its authors to write one: it shares no code with the sender but the name of a header.
package receivertest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/signature"
)

// What the sender must have.
const (
	SigningKey = "a shared secret of the receiver"
	Token      = "the-receivers-token"
)

// FormField is the name that files have in forms.
const FormField = "upload"

// oldest is how old a signature may be.
const oldest = 5 * time.Minute

// Receiver takes files: it lets in who knows the token, believes only what is signed, stores a file when all of it is there and its
// digest is right, and does a repeat of an Idempotency-Key once.
type Receiver struct {
	t      *testing.T
	Folder string // where files lie
	Server *httptest.Server

	mu      sync.Mutex
	done    map[string]string // Idempotency-Key → digest
	stored  int
	answer  func(w http.ResponseWriter, r *http.Request) bool // in place of taking the file; nil: never
	headers []http.Header
}

// Start starts a receiver, which ends with the test.
func Start(t *testing.T) *Receiver {
	t.Helper()
	r := &Receiver{t: t, Folder: t.TempDir(), done: map[string]string{}}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Server.Close)
	return r
}

// ServeHTTP takes one request.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	r.mu.Lock()
	answer := r.answer
	r.headers = append(r.headers, q.Header.Clone())
	r.mu.Unlock()
	if q.Header.Get("Authorization") != "Bearer "+Token {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	if answer != nil && answer(w, q) {
		return
	}
	if q.Method == http.MethodHead {
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	if err := r.Take(q); err != nil {
		http.Error(w, err.Error(), http.StatusUnprocessableEntity)
		return
	}
	w.WriteHeader(http.StatusCreated)
}

// Take stores the file of a request, or says why not.
func (r *Receiver) Take(q *http.Request) error {
	if err := checkSignature(q); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(r.Folder, ".part-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	whole := sha256.New()
	name, file := r.unwrap(q, io.TeeReader(q.Body, whole))
	if _, err := io.Copy(tmp, file); err != nil {
		return err
	}
	if _, err := io.Copy(whole, q.Body); err != nil { // what follows the file in a form
		return err
	}
	digest := "sha-256=:" + base64.StdEncoding.EncodeToString(whole.Sum(nil)) + ":"
	if digest != q.Header.Get("Content-Digest") {
		return fmt.Errorf("the digest is %s", digest)
	}
	key := q.Header.Get("Idempotency-Key")
	r.mu.Lock()
	defer r.mu.Unlock()
	if before, seen := r.done[key]; seen && before != digest {
		return fmt.Errorf("key %s came with other bytes", key)
	} else if seen {
		return nil
	}
	path := filepath.Join(r.Folder, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	r.done[key], r.stored = digest, r.stored+1
	return os.Rename(tmp.Name(), path)
}

// unwrap returns the name and the bytes of the file that is sent bare or in a form.
func (r *Receiver) unwrap(q *http.Request, whole io.Reader) (string, io.Reader) {
	q.Body = io.NopCloser(whole)
	if kind, _, _ := mime.ParseMediaType(q.Header.Get("Content-Type")); kind == "multipart/form-data" {
		form, err := q.MultipartReader()
		require.NoError(r.t, err)
		part, err := form.NextRawPart()
		require.NoError(r.t, err)
		require.Equal(r.t, FormField, part.FormName())
		return "form/" + part.FileName(), part
	}
	return strings.TrimPrefix(q.URL.Path, "/incoming/"), q.Body
}

// checkSignature is what docs/destinations.md says about X-Transporter-Signature, written without
// the sender's code.
func checkSignature(q *http.Request) error {
	stamp, given, _ := strings.Cut(q.Header.Get(signature.Header), ",v1=")
	seconds, err := strconv.ParseInt(strings.TrimPrefix(stamp, "t="), 10, 64)
	if err != nil || time.Since(time.Unix(seconds, 0)).Abs() > oldest {
		return fmt.Errorf("the signature is old or missing")
	}
	mac := hmac.New(sha256.New, []byte(SigningKey))
	fmt.Fprintf(mac, "%d.%s\n%s\n%s\n", seconds, q.Method, q.RequestURI, q.Header.Get("Content-Digest"))
	if !hmac.Equal(fmt.Appendf(nil, "%x", mac.Sum(nil)), []byte(given)) {
		return fmt.Errorf("the signature is wrong")
	}
	return nil
}

// Answers lets f answer in place of taking the file; it returns false to leave a request to the
// receiver. Nil: never.
func (r *Receiver) Answers(f func(w http.ResponseWriter, r *http.Request) bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = f
}

// Read returns what lies under a name.
func (r *Receiver) Read(t *testing.T, name string) ([]byte, bool) {
	content, err := os.ReadFile(filepath.Join(r.Folder, filepath.FromSlash(name)))
	if os.IsNotExist(err) {
		return nil, false
	}
	require.NoError(t, err)
	return content, true
}

// Stored returns how many files were stored, each key once.
func (r *Receiver) Stored() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.stored
}

// Requests returns the headers of everything that was asked, in order.
func (r *Receiver) Requests() []http.Header {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.headers)
}
