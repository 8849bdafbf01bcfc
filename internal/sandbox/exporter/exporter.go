// Package exporter is the look-alike of the File Exporter API (docs.asapp.com/reporting/file-exporter and
// api-specs/fileexporter.yaml): seven calls that list feeds, versions, formats, dates, intervals and
// files, and give addresses of files that are good for a while.
//
// # What the pages leave open, and what was chosen
//
//   - Lists say values bare (1, jsonl, 2026-11-19), or with Named as the guide prints them (version=1);
//     both are taken, and answers repeat what was sent, byte for byte.
//   - Hourly feeds have intervals (hr=05/mi=00), daily ones none; then the interval is left out.
//   - A date appears at 02:00 UTC of the next day, its files one after another in the minutes that
//     follow. utterances go after 32 days, everything else after Days.
//   - Names of files follow from the date and interval and are not to be guessed.
//   - An address lasts 15 minutes. It refuses callers who show it credentials, as a presigned address does.
//   - Sub-codes of errors are numbered as they came to be written.
package exporter

import (
	"cmp"
	"crypto/rand"
	"net/http"
	"sync"
	"time"

	"transporter/internal/sandbox/feeds"
)

// Config says what is exported, and to whom. The zero values of the clocks are time.Now.
type Config struct {
	Seed       int64
	Company    string
	Rows       int // of a day or hour
	ID, Secret string
	Named      bool             // lists say version=1 in place of 1
	Days       int              // that are kept; 0 means 35
	Life       time.Duration    // of an address; 0 means 15 minutes
	PerSecond  int              // calls before 429; 0 means 100
	PerDay     int              // likewise; 0 means no limit
	Now        func() time.Time // of the data and of addresses
	RealNow    func() time.Time // of limits
}

// What holds when nothing is said; 100 calls a second is the published limit.
const (
	defaultDays      = 35
	defaultLife      = 15 * time.Minute
	defaultPerSecond = 100
)

// Server answers the calls. It is safe for concurrent use.
type Server struct {
	config Config
	key    []byte // of addresses; none outlives the process
	limit  limiter

	mu    sync.Mutex
	world *feeds.World
	made  map[string][]feeds.File // by the leaf's folder
}

// New makes a server.
func New(c Config) *Server {
	c.Days = cmp.Or(c.Days, defaultDays)
	c.Life = cmp.Or(c.Life, defaultLife)
	c.PerSecond = cmp.Or(c.PerSecond, defaultPerSecond)
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.RealNow == nil {
		c.RealNow = time.Now
	}
	return &Server{
		config: c, key: []byte(rand.Text()), limit: limiter{perSecond: c.PerSecond, perDay: c.PerDay, now: c.RealNow},
		world: feeds.New(feeds.Config{Seed: c.Seed, Company: c.Company, Rows: c.Rows, Now: c.Now, Tables: feeds.ExporterTables()}),
		made:  map[string][]feeds.File{},
	}
}

// Paths of the API and of its files.
const (
	Prefix     = "/fileexporter/v1/static/"
	FilePrefix = "/fileexporter-files/"
)

// Routes adds the API to a mux; behind wraps each of its calls.
func (s *Server) Routes(mux *http.ServeMux, behind func(http.Handler) http.Handler) {
	for name, call := range map[string]call{
		"listfeeds": {nil, s.listFeeds}, "listfeedversions": {fields[:1], s.listVersions}, "listfeedformats": {fields[:2], s.listFormats},
		"listfeeddates": {fields[:3], s.listDates}, "listfeedintervals": {fields[:4], s.listIntervals},
		"listfeedfiles": {fields[:4], s.listFiles}, "getfeedfile": {append(fields[:4:4], "fileName"), s.getFile},
	} {
		mux.Handle(Prefix+name, behind(s.admitted(call)))
	}
	mux.Handle("GET "+FilePrefix+"{file...}", behind(http.HandlerFunc(s.serveFile)))
}
