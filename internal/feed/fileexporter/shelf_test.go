package fileexporter

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// shelf is a File Exporter whose files a test puts there: the sandbox's are made up as a whole.
type shelf struct {
	*httptest.Server
	t     *testing.T
	named bool             // lists say version=1 in place of 1
	calls http.HandlerFunc // in place of the API's, for one request; nil: none
	mu    sync.Mutex
	files map[string]kept // by path
	given int             // addresses so far
	shut  int             // how many requests for files are refused, as by lapsed addresses
	asked []*http.Request
}

type kept struct {
	content []byte
	at      time.Time
}

func newShelf(t *testing.T) *shelf {
	s := &shelf{t: t, files: map[string]kept{}}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *shelf) put(_ testing.TB, key string, content []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files[key] = kept{content, time.Now()}
}

func (s *shelf) remove(_ testing.TB, key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.files, key)
}

func (s *shelf) config() Config {
	return Config{BaseURL: s.URL, APIID: "id-1", APISecret: "secret-1", HTTP: s.Client(), Now: time.Now}
}

func (s *shelf) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, r)
	if s.calls != nil {
		s.calls(w, r)
		return
	}
	name, api := strings.CutPrefix(r.URL.Path, "/fileexporter/v1/static/")
	if !api {
		s.serve(w, r)
		return
	}
	if r.Header.Get("asapp-api-id") != "id-1" || r.Header.Get("asapp-api-secret") != "secret-1" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	in := map[string]string{}
	_ = json.NewDecoder(r.Body).Decode(&in)
	if name == "getfeedfile" {
		key := strings.Join(append(s.path(in), in["fileName"]), "/")
		if _, ok := s.files[key]; !ok {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		s.given++
		_ = json.NewEncoder(w).Encode(map[string]string{"url": s.URL + "/" + key + "?X-Amz-Signature=" + strconv.Itoa(s.given)})
		return
	}
	_ = json.NewEncoder(w).Encode(map[string][]string{strings.TrimPrefix(strings.Replace(name, "listfeeds", "listfeedfeeds", 1), "listfeed"): s.list(name, in)})
}

// path returns the folders that a request names, which must be in the style of the lists.
func (s *shelf) path(in map[string]string) (path []string) {
	for _, l := range levels {
		value := in[l.field]
		if value == "" {
			continue
		}
		if strings.HasPrefix(value, l.label) != (s.named || l.label == "") {
			s.t.Errorf("%s was not listed as %q", l.field, value)
		}
		path = append(path, l.label+strings.TrimPrefix(value, l.label))
	}
	return path
}

// list returns what follows the path that a request names in the keys.
func (s *shelf) list(call string, in map[string]string) (names []string) {
	begin := strings.Join(append(s.path(in), ""), "/")
	seen := map[string]bool{}
	for key := range s.files {
		rest, ok := strings.CutPrefix(key, begin)
		if !ok {
			continue
		}
		end := strings.IndexByte(rest, '/')
		switch call {
		case "listfeedintervals":
			end = strings.LastIndexByte(rest, '/')
		case "listfeedfiles":
			end = len(rest)
		}
		if end < 0 || strings.Contains(rest, "/") && call == "listfeedfiles" {
			continue
		}
		name := rest[:end]
		if _, value, labelled := strings.Cut(name, "="); labelled && !s.named && call != "listfeedintervals" {
			name = value
		}
		if !seen[name] {
			seen[name], names = true, append(names, name)
		}
	}
	return names
}

func (s *shelf) serve(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("asapp-api-secret") != "" {
		s.t.Error("the storage is shown the secret of the API")
	}
	if s.shut > 0 {
		s.shut--
		w.WriteHeader(http.StatusForbidden)
		return
	}
	f, ok := s.files[strings.TrimPrefix(r.URL.Path, "/")]
	if !ok {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	sum := sha256.Sum256(f.content)
	w.Header().Set("ETag", `"`+hex.EncodeToString(sum[:4])+`"`)
	http.ServeContent(w, r, "", f.at, bytes.NewReader(f.content))
}

func mustNew(t testing.TB, c Config) *Door {
	t.Helper()
	d, err := New(c)
	require.NoError(t, err)
	return d
}
