package e2e

import (
	"bytes"
	"errors"
	"io"
	"log"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/realtest"
)

// feedDoor is a way to the S3 server on which a test can do something between a listing and the
// reading of an object. It forwards what it gets as it is, signature and all, unless it is a bad one.
type feedDoor struct {
	*httptest.Server

	mu     sync.Mutex
	before map[string]func()        // once, before the object of the path is read
	ahead  map[string]time.Duration // what the server's clock seems to be ahead, by bucket
	random *rand.Rand               // of a bad door; nil: it is a good one
	reads  map[string]int           // of files through a bad door, by path
	cut    int                      // of them, how many broke off
}

func openFeedDoor(t *testing.T, store *realtest.S3) *feedDoor {
	t.Helper()
	to, err := url.Parse(store.URL)
	require.NoError(t, err)
	d := &feedDoor{before: map[string]func(){}, ahead: map[string]time.Duration{}, reads: map[string]int{}}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(to)
			r.Out.Host = r.In.Host // it is signed
			d.sign(r.Out)
		},
		ModifyResponse: func(r *http.Response) error {
			d.tell(r)
			return d.spoil(r)
		},
		ErrorLog: log.New(io.Discard, "", 0), // answers break off on purpose
	}
	d.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.mu.Lock()
		meanwhile := d.before[r.URL.Path]
		delete(d.before, r.URL.Path)
		d.mu.Unlock()
		if meanwhile != nil {
			meanwhile()
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(d.Close)
	return d
}

// meanwhile has something done just before an object is read the next time.
func (d *feedDoor) meanwhile(key string, do func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.before["/"+feedBucket+"/"+key] = do
}

// isBad has each page of a listing name its objects in another order, and one file of twenty break off in
// the middle.
func (d *feedDoor) isBad(random *rand.Rand) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.random = random
}

// listed is an object in a page of a listing.
var listed = regexp.MustCompile(`(?s)<Contents>.*?</Contents>`)

func (d *feedDoor) spoil(r *http.Response) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.random == nil || r.Request.Method != http.MethodGet || r.StatusCode >= http.StatusMultipleChoices {
		return nil
	}
	if !r.Request.URL.Query().Has("list-type") {
		d.reads[r.Request.URL.Path]++
		if d.random.IntN(20) == 0 && r.ContentLength > 1 {
			d.cut++
			r.Body = struct {
				io.Reader
				io.Closer
			}{io.MultiReader(io.LimitReader(r.Body, r.ContentLength/2), brokenOff{}), r.Body}
		}
		return nil
	}
	page, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	objects := listed.FindAll(page, -1)
	d.random.Shuffle(len(objects), func(i, j int) { objects[i], objects[j] = objects[j], objects[i] })
	at := strings.Split(listed.ReplaceAllString(string(page), "\x00"), "\x00")
	var out bytes.Buffer
	for i, between := range at {
		if out.WriteString(between); i < len(objects) {
			out.Write(objects[i])
		}
	}
	r.Body = io.NopCloser(&out)
	r.Header.Set("Content-Length", strconv.Itoa(out.Len()))
	return nil
}

// brokenOff is the end of an answer that has none.
type brokenOff struct{}

func (brokenOff) Read([]byte) (int, error) { return 0, errors.New("the connection broke") }

// twice returns how many files were read through a bad door, how many more than once, and how often one broke
// off.
func (d *feedDoor) twice() (files, again, cut int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, n := range d.reads {
		if files++; n > 1 {
			again++
		}
	}
	return files, again, d.cut
}
