package sandbox

import (
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"transporter/internal/sandbox/exporter"
	"transporter/internal/sandbox/feeds"
)

// credentialLife is how long a link is good if nothing is said: the standard practice
// (docs.asapp.com/reporting/retrieve-s3, "Credential exchange").
const credentialLife = 24 * time.Hour

// credentialLinks are the encrypted records that were issued, by token. The zero value is ready.
type credentialLinks struct {
	mu      sync.Mutex
	byToken map[string]credentialLink
}

type credentialLink struct {
	message []byte
	until   time.Time
}

// adminCredential encrypts the reader's credential of the bucket to {"key": armored public key} and
// answers with a link that is good for life, such as 1h, of which the default is a day and which has lapsed
// if it is negative. A folder is the
// sub-folder that the record names.
func (s *Server) adminCredential(w http.ResponseWriter, r *http.Request) {
	var want struct {
		Key    string `json:"key"`
		Folder string `json:"folder"`
		Life   string `json:"life"`
	}
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, largestAdmin))
	if err == nil {
		err = decodeStrict(raw, &want)
	}
	if err == nil && s.config.Reader == (feeds.Credential{}) {
		err = fmt.Errorf("there is no bucket; start the sandbox with --feeds-s3-endpoint and --feeds-bucket")
	}
	reader := s.config.Reader
	reader.Folder = want.Folder
	var message []byte
	if err == nil {
		message, err = reader.Encrypted(want.Key, s.config.RealNow())
	}
	life := credentialLife
	if err == nil && want.Life != "" {
		life, err = time.ParseDuration(want.Life)
	}
	if err != nil {
		writeError(w, http.StatusBadRequest, "credentials: "+err.Error())
		return
	}
	host := s.config.Domain
	if host == "" {
		host = r.Host
	}
	token := s.credentials.add(message, s.config.RealNow().Add(life))
	writeJSON(w, http.StatusOK, map[string]string{"url": "https://" + host + "/_feeds/credentials/" + token})
}

// add keeps a message until then and returns its token.
func (c *credentialLinks) add(message []byte, until time.Time) (token string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byToken == nil {
		c.byToken = map[string]credentialLink{}
	}
	token = rand.Text()
	c.byToken[token] = credentialLink{message, until}
	return token
}

// credentialLink serves an encrypted record. A link that has lapsed is 403, as is one that never was:
// S3 does not tell them apart.
func (s *Server) credentialLink(w http.ResponseWriter, r *http.Request) {
	s.credentials.mu.Lock()
	link, ok := s.credentials.byToken[r.PathValue("token")]
	s.credentials.mu.Unlock()
	if !ok || !s.config.RealNow().Before(link.until) {
		exporter.WriteXML(w, http.StatusForbidden, "AccessDenied", "Request has expired")
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	_, _ = w.Write(link.message) // a reader who went away is no error of ours
}
