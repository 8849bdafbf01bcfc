package gcstest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// front stands before fake-gcs-server.
type front struct {
	server *Server
	url    string
	proxy  *httputil.ReverseProxy

	mu       sync.Mutex
	accounts map[string]*account // by email
	tokens   map[string]*account
	uploads  map[string]*upload       // by the id in their address
	lies     map[string]bool          // by bucket, see Server.Lie
	aged     map[string]time.Duration // by "bucket/object", see Server.Age

	naming sync.Mutex // held while a name is looked at and taken
}

func newFront(t testing.TB, s *Server) *front {
	t.Helper()
	fake, err := url.Parse(s.Fake)
	require.NoError(t, err)
	f := &front{
		server: s, accounts: map[string]*account{}, tokens: map[string]*account{}, uploads: map[string]*upload{}, lies: map[string]bool{}, aged: map[string]time.Duration{},
		proxy: &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(fake)
			r.Out.Host = ""
		}},
	}
	f.proxy.ModifyResponse = f.change
	return f
}

// change changes what is said of objects: larger in what is said of one, older in a list.
func (f *front) change(r *http.Response) error {
	if r.Request.Method != http.MethodGet || r.Request.URL.Query().Get("alt") == "media" || r.StatusCode != http.StatusOK {
		return nil
	}
	parts := strings.Split(r.Request.URL.Path, "/") // "", storage, v1, b, {bucket}, o, {object}
	const list, one = 6, 7
	switch {
	case len(parts) >= one && f.liesOf(r.Request.URL.Path):
		return rewritten(r, func(object map[string]any) {
			size, _ := strconv.ParseInt(fmt.Sprint(object["size"]), 10, 64)
			object["size"] = strconv.FormatInt(size+1, 10)
		})
	case len(parts) == list:
		return rewritten(r, func(page map[string]any) { f.ageAll(parts[list-2], page) })
	}
	return nil
}

// ageAll makes the objects of a page of a list as old as they are said to be.
func (f *front) ageAll(bucket string, page map[string]any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	items, _ := page["items"].([]any)
	for _, item := range items {
		object, _ := item.(map[string]any)
		at, err := time.Parse(time.RFC3339, fmt.Sprint(object["updated"]))
		if by, ok := f.aged[bucket+"/"+fmt.Sprint(object["name"])]; ok && err == nil {
			object["updated"] = at.Add(-by).Format(time.RFC3339)
		}
	}
}

// rewritten changes the JSON object of an answer.
func rewritten(r *http.Response, change func(map[string]any)) error {
	var said map[string]any
	if err := json.NewDecoder(r.Body).Decode(&said); err != nil {
		return err
	}
	change(said)
	text, err := json.Marshal(said)
	if err != nil {
		return err
	}
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(text)), int64(len(text))
	r.Header.Set("Content-Length", strconv.Itoa(len(text)))
	return nil
}

// liesOf reports whether it lies of what a path /storage/v1/b/{bucket}/o/{object} names.
func (f *front) liesOf(path string) bool {
	parts := strings.Split(path, "/")
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(parts) > 4 && f.lies[parts[4]]
}

// ServeHTTP answers one request. An upload's address is its own permission.
func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id := r.URL.Query().Get("upload_id")
	switch {
	case r.URL.Path == "/token":
		f.token(w, r)
	case id != "":
		f.session(w, r, id)
	case !f.allowed(w, r):
	case r.URL.Query().Get("uploadType") == "resumable":
		f.start(w, r)
	case strings.Contains(r.URL.Path, "/rewriteTo/"):
		f.rewrite(w, r)
	default:
		f.proxy.ServeHTTP(w, r)
	}
}

// rewrite holds a rewrite to its preconditions.
func (f *front) rewrite(w http.ResponseWriter, r *http.Request) {
	f.naming.Lock()
	defer f.naming.Unlock()
	// b/{bucket}/o/{source}/rewriteTo/b/{bucket}/o/{final}
	source, final, _ := strings.Cut(strings.TrimPrefix(r.URL.EscapedPath(), "/storage/v1/"), "/rewriteTo/")
	for name, path := range map[string]string{"ifSourceGenerationMatch": source, "ifGenerationMatch": final} {
		want := r.URL.Query().Get(name)
		if want != "" && want != strconv.FormatInt(f.generation(path), 10) {
			refuse(w, http.StatusPreconditionFailed, "conditionNotMet", "At least one of the pre-conditions you specified did not hold.")
			return
		}
	}
	f.proxy.ServeHTTP(w, r)
}

// generation is that of the object at "b/{bucket}/o/{object}", escaped; 0 if there is none.
func (f *front) generation(path string) int64 {
	parts := strings.SplitN(path, "/", 4)
	key, err := url.PathUnescape(parts[3])
	if err != nil {
		return 0
	}
	o, err := f.server.api.Objects.Get(parts[1], key).Do()
	if err != nil {
		return 0
	}
	return o.Generation
}
