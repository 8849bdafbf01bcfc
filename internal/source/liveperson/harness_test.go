package liveperson

import (
	"context"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/guard"
	"transporter/internal/source"
)

// fakeTime is a clock that sleeping moves on, so that no test waits.
type fakeTime struct {
	mu    sync.Mutex
	at    time.Time
	slept []time.Duration
}

func newFakeTime() *fakeTime { return &fakeTime{at: time.Now()} }

func (f *fakeTime) now() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.at
}

func (f *fakeTime) sleep(ctx context.Context, d time.Duration) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if d > 0 {
		f.at = f.at.Add(d)
		f.slept = append(f.slept, d)
	}
	return ctx.Err()
}

func (f *fakeTime) longest() (d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range f.slept {
		d = max(d, s)
	}
	return d
}

// service is a TLS server that answers the domain look-up with its own address and
// everything else with what the test says.
type service struct {
	*httptest.Server
	mu      sync.Mutex
	lookUps int
	calls   int
}

func serve(t *testing.T, api http.HandlerFunc) *service {
	t.Helper()
	s := &service{}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if strings.HasSuffix(r.URL.Path, "/baseURI.json") {
			s.lookUps++
			_ = json.NewEncoder(w).Encode(map[string]string{"baseURI": r.Host})
			return
		}
		s.calls++
		api(w, r)
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // connections that tests break
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

// client returns a client of the server, over the guarded dialer.
func client(t *testing.T, s *httptest.Server, clk *fakeTime, change ...func(*Config)) *Client {
	t.Helper()
	host := strings.TrimPrefix(s.URL, "https://")
	roots := s.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	config := Config{
		PlatformAccount: "12345678",
		DomainURL:       s.URL,
		Credentials:     testCredentials(),
		HTTP:            guard.New(guard.Config{Allow: []string{host, "localhost:*"}}).Client(roots),
		Now:             clk.now,
		Sleep:           clk.sleep,
	}
	for _, f := range change {
		f(&config)
	}
	c, err := New(config)
	require.NoError(t, err)
	return c
}

// memory is a source.Sink that keeps what was committed.
type memory struct {
	mu      sync.Mutex
	slices  []source.Slice
	commits map[string]committed
	begun   int
	failOn  func(source.Record) error
}

type committed struct {
	records []source.Record
	counts  source.Counts
}

func newMemory() *memory { return &memory{commits: map[string]committed{}} }

func (m *memory) Done(_ context.Context, s source.Slice) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, ok := m.commits[s.Key]
	return ok, nil
}

func (m *memory) Begin(_ context.Context, s source.Slice) (source.SliceWriter, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.begun++
	return &memoryWriter{m: m, key: s.Key}, nil
}

func (m *memory) Plan(_ context.Context, slices []source.Slice) error {
	m.slices = slices
	return nil
}

func (m *memory) Planned(context.Context) ([]source.Slice, error) { return m.slices, nil }

// records returns the committed records by id, and how often each was committed.
func (m *memory) records() (byID map[string]source.Record, times map[string]int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	byID, times = map[string]source.Record{}, map[string]int{}
	for _, c := range m.commits {
		inSlice := map[string]bool{}
		for _, r := range c.records {
			byID[r.ID] = r
			inSlice[r.ID] = true
		}
		for id := range inSlice {
			times[id]++
		}
	}
	return byID, times
}

func (m *memory) counts() (sum source.Counts) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, c := range m.commits {
		sum.Total += c.counts.Total
		sum.Fetched += c.counts.Fetched
		sum.Kept += c.counts.Kept
		sum.Duplicates += c.counts.Duplicates
		sum.Calls += c.counts.Calls
	}
	return sum
}

type memoryWriter struct {
	m       *memory
	key     string
	records []source.Record
}

func (w *memoryWriter) Add(_ context.Context, r source.Record) error {
	if w.m.failOn != nil {
		if err := w.m.failOn(r); err != nil {
			return err
		}
	}
	r.Raw = append([]byte(nil), r.Raw...)
	w.records = append(w.records, r)
	return nil
}

func (w *memoryWriter) Commit(_ context.Context, c source.Counts) error {
	w.m.mu.Lock()
	defer w.m.mu.Unlock()
	w.m.commits[w.key] = committed{w.records, c}
	return nil
}

func (w *memoryWriter) Abort() {}
