package httpput

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
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/guard"
	"transporter/internal/signature"

	"transporter/internal/destination"
	"transporter/internal/seal"
)

const (
	signingSecret = "a shared secret of the receiver"
	bearer        = "the-receivers-token"
	oldest        = 5 * time.Minute
)

// receiver takes files over HTTP as docs/destinations.md tells its authors to: it lets in who
// knows the token, believes only what is signed, stores a file when all of it is there and its
// digest is right, and does a repeat of an Idempotency-Key once.
type receiver struct {
	t      *testing.T
	folder string
	server *httptest.Server

	mu      sync.Mutex
	done    map[string]string // Idempotency-Key → digest
	stored  int
	answer  func(w http.ResponseWriter, r *http.Request) bool // in place of taking the file; nil: never
	headers []http.Header
}

func serve(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{t: t, folder: t.TempDir(), done: map[string]string{}}
	r.server = httptest.NewServer(r)
	t.Cleanup(r.server.Close)
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	r.mu.Lock()
	answer := r.answer
	r.headers = append(r.headers, q.Header.Clone())
	r.mu.Unlock()
	if q.Header.Get("Authorization") != "Bearer "+bearer {
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
	if err := r.take(q); err != nil {
		http.Error(w, err.Error(), http.StatusUnprocessableEntity)
		return
	}
	w.WriteHeader(http.StatusCreated)
}

// take stores the file of a request, or says why not.
func (r *receiver) take(q *http.Request) error {
	if err := checkSignature(q); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(r.folder, ".part-*")
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
	path := filepath.Join(r.folder, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	r.done[key], r.stored = digest, r.stored+1
	return os.Rename(tmp.Name(), path)
}

// unwrap returns the name and the bytes of the file that is sent bare or in a form.
func (r *receiver) unwrap(q *http.Request, whole io.Reader) (string, io.Reader) {
	q.Body = io.NopCloser(whole)
	if kind, _, _ := mime.ParseMediaType(q.Header.Get("Content-Type")); kind == "multipart/form-data" {
		form, err := q.MultipartReader()
		require.NoError(r.t, err)
		part, err := form.NextRawPart()
		require.NoError(r.t, err)
		require.Equal(r.t, "upload", part.FormName())
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
	mac := hmac.New(sha256.New, []byte(signingSecret))
	fmt.Fprintf(mac, "%d.%s\n%s\n%s\n", seconds, q.Method, q.RequestURI, q.Header.Get("Content-Digest"))
	if !hmac.Equal(fmt.Appendf(nil, "%x", mac.Sum(nil)), []byte(given)) {
		return fmt.Errorf("the signature is wrong")
	}
	return nil
}

func (r *receiver) answers(f func(w http.ResponseWriter, r *http.Request) bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = f
}

func (r *receiver) read(t *testing.T, name string) ([]byte, bool) {
	content, err := os.ReadFile(filepath.Join(r.folder, filepath.FromSlash(name)))
	if os.IsNotExist(err) {
		return nil, false
	}
	require.NoError(t, err)
	return content, true
}

// settings are those of a receiver that wants everything.
func (r *receiver) settings() destination.Settings {
	return destination.Settings{
		Fields: map[string]string{
			"url": r.server.URL + "/incoming/{name}", "method": http.MethodPut, "auth": authBearer, "manifest": "true",
		},
		Secrets: map[string]destination.Secret{"token": seal.Secret(bearer), "signingKey": seal.Secret(signingSecret)},
	}
}

// open returns a destination with the receiver's settings, changed; allow are addresses that
// may be dialled besides its own.
func (r *receiver) open(t *testing.T, change func(destination.Settings), allow ...string) destination.Destination {
	t.Helper()
	s := r.settings()
	if change != nil {
		change(s)
	}
	d, err := Open(s, outbound(append(allow, r.server.Listener.Addr().String())...))
	require.NoError(t, err)
	return d
}

func outbound(allow ...string) destination.Outbound {
	dialer := guard.New(guard.Config{Allow: allow})
	return destination.Outbound{
		Dial: dialer.DialContext, Now: time.Now,
		HTTP: func(pem string) (*http.Client, error) {
			roots, err := guard.Roots(pem)
			return dialer.Client(roots), err
		},
	}
}
