package exporter

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"transporter/internal/sandbox/feeds"
)

// files returns the files of the leaf that a request names, as far as they are there; otherwise it has
// answered. All files of a date have appeared some minutes after the refresh.
func (s *Server) files(w http.ResponseWriter, r request) (folder string, files []feeds.File, ok bool) {
	t, day, ok := s.date(w, r)
	if !ok {
		return "", nil, false
	}
	leaves := s.leaves(t, day)
	i := slices.IndexFunc(leaves, func(l feeds.Leaf) bool {
		return l.Every == feeds.Day && r["interval"] == "" || l.Every < feeds.Day && r["interval"] == interval(l)
	})
	if i < 0 {
		WriteError(w, http.StatusNotFound, 5, fmt.Sprintf("interval %q is not there", r["interval"]))
		return "", nil, false
	}
	files, err := s.make(leaves[i])
	if err != nil {
		WriteError(w, http.StatusInternalServerError, 1, err.Error())
		return "", nil, false
	}
	since := s.config.Now().Sub(day.Add(feeds.Day + refresh))
	return leaves[i].Folder(), files[:max(0, min(len(files), int(since/between)-i))], true
}

// make returns the files of a leaf, made up once. Their names have a part that nobody can guess.
func (s *Server) make(l feeds.Leaf) ([]feeds.File, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if files, ok := s.made[l.Folder()]; ok {
		return files, nil
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %s", s.config.Seed, l.Folder()))
	files, err := s.world.Export(l, "-"+hex.EncodeToString(sum[:4]))
	if err == nil {
		s.made[l.Folder()] = files
	}
	return files, err
}

// Truth returns the latest rows of a table among the files that are there.
func (s *Server) Truth(q feeds.Question) ([]feeds.Row, error) {
	if t := s.world.Table(q.Table); t != nil {
		for _, day := range s.days(t) {
			for _, l := range s.leaves(t, day) {
				if _, err := s.make(l); err != nil {
					return nil, err
				}
			}
		}
		if q.From.IsZero() {
			q.From = s.days(t)[0] // what was purged is not there
		}
	}
	return s.world.Truth(q)
}

// getFile answers with an address that is good for a while, on the host that was called.
func (s *Server) getFile(w http.ResponseWriter, req *http.Request, r request) {
	folder, files, ok := s.files(w, r)
	if !ok {
		return
	}
	i := slices.IndexFunc(files, func(f feeds.File) bool { return f.Name == r["fileName"] })
	if i < 0 {
		WriteError(w, http.StatusNotFound, 6, fmt.Sprintf("fileName %q is not there: list the files first", r["fileName"]))
		return
	}
	scheme := "https"
	if req.TLS == nil {
		scheme = "http"
	}
	at := FilePrefix + folder + "/" + files[i].Name
	until := strconv.FormatInt(s.config.Now().Add(s.config.Life).Unix(), 10)
	query := url.Values{"X-Amz-Expires": {until}, "X-Amz-Signature": {s.signature(at, until)}}
	address := (&url.URL{Scheme: scheme, Host: req.Host, Path: at, RawQuery: query.Encode()}).String()
	writeJSON(w, http.StatusOK, r.echo("url", address, append(fields[:4:4], "interval", "fileName")...))
}

// signature signs a path until a moment.
func (s *Server) signature(path, until string) string {
	mac := hmac.New(sha256.New, s.key)
	_, _ = fmt.Fprintf(mac, "%s\n%s", path, until) // never fails (hash.Hash)
	return hex.EncodeToString(mac.Sum(nil))
}

// serveFile answers with a file, or as S3 does: 400 for who shows credentials beside the signature, 403
// for an address that has lapsed or that nobody gave out (AmazonS3 API, "Error responses").
func (s *Server) serveFile(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	until, err := strconv.ParseInt(q.Get("X-Amz-Expires"), 10, 64)
	switch {
	case r.Header.Get("Authorization")+r.Header.Get("asapp-api-id")+r.Header.Get("asapp-api-secret") != "":
		WriteXML(w, http.StatusBadRequest, "InvalidArgument", "Only one auth mechanism allowed")
		return
	case err != nil || !hmac.Equal([]byte(q.Get("X-Amz-Signature")), []byte(s.signature(r.URL.Path, q.Get("X-Amz-Expires")))):
		WriteXML(w, http.StatusForbidden, "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided")
		return
	case !s.config.Now().Before(time.Unix(until, 0)):
		WriteXML(w, http.StatusForbidden, "AccessDenied", "Request has expired")
		return
	}
	s.mu.Lock()
	files := s.made[path.Dir(r.PathValue("file"))]
	s.mu.Unlock()
	for _, f := range files { // it was made when its address was signed
		if f.Name == path.Base(r.URL.Path) {
			sum := sha256.Sum256(f.Content)
			w.Header().Set("Content-Type", "application/octet-stream")
			w.Header().Set("ETag", `"`+hex.EncodeToString(sum[:16])+`"`)
			http.ServeContent(w, r, "", written(r.PathValue("file")), bytes.NewReader(f.Content)) // with ranges and conditions, as S3
		}
	}
}

// written returns when a file was: at the refresh that followed the day in its path.
func written(file string) time.Time {
	_, day, _ := strings.Cut(file, "/dt=")
	date, _ := time.Parse(time.DateOnly, day[:min(len(day), len(time.DateOnly))]) // paths are ours
	return date.Add(feeds.Day + refresh)
}

// WriteXML answers as S3 refuses.
func WriteXML(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	_ = xml.NewEncoder(w).Encode(struct { // a client that went away is no error of ours
		XMLName xml.Name `xml:"Error"`
		Code    string
		Message string
	}{Code: code, Message: message})
}
