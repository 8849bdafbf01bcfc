package gcstest

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
)

const (
	// unit is what the store keeps multiples of while an upload is not whole.
	unit = 256 << 10
	// statusCancelled answers the cancelling of an upload.
	statusCancelled = 499
)

// upload is one resumable upload. The fake has the bytes.
type upload struct {
	bucket, fake string // fake: its address there

	mu     sync.Mutex
	offset int64
	again  int64 // bytes that came although they were there
	sum    hash.Hash32
	whole  []byte // the answer, once it is complete
}

// tally counts uploads to the bucket through the front that are neither complete nor
// cancelled, and the bytes that they were sent although they had them.
func (f *front) tally(bucket string) (open int, again int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, u := range f.uploads {
		u.mu.Lock()
		if u.bucket == bucket {
			again += u.again
			if u.whole == nil {
				open++
			}
		}
		u.mu.Unlock()
	}
	return open, again
}

// ForgetUploads ends all uploads to the bucket through the front, as time does.
func (s *Server) ForgetUploads(bucket string) {
	s.front.mu.Lock()
	defer s.front.mu.Unlock()
	maps.DeleteFunc(s.front.uploads, func(_ string, u *upload) bool { return u.bucket == bucket })
}

// start begins an upload at the fake and gives it an address here.
func (f *front) start(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	response, err := http.Post(f.server.Fake+r.URL.RequestURI(), r.Header.Get("Content-Type"), bytes.NewReader(body))
	if err != nil {
		refuse(w, http.StatusBadGateway, "backendError", err.Error())
		return
	}
	defer response.Body.Close()
	where, err := url.Parse(response.Header.Get("Location"))
	if response.StatusCode != http.StatusOK || err != nil {
		refuse(w, response.StatusCode, "notFound", "The specified bucket does not exist.")
		return
	}
	bucket, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/upload/storage/v1/b/"), "/")
	f.mu.Lock()
	f.uploads[where.Query().Get("upload_id")] = &upload{bucket: bucket, fake: where.String(), sum: crc32.New(crc32.MakeTable(crc32.Castagnoli))}
	f.mu.Unlock()
	w.Header().Set("Location", f.url+where.RequestURI())
}

// session answers the requests to an upload's address
// (docs.cloud.google.com/storage/docs/performing-resumable-uploads).
func (f *front) session(w http.ResponseWriter, r *http.Request, id string) {
	f.mu.Lock()
	u := f.uploads[id]
	if r.Method == http.MethodDelete {
		delete(f.uploads, id)
	}
	f.mu.Unlock()
	switch {
	case u == nil:
		refuse(w, http.StatusNotFound, "notFound", "No such upload")
	case r.Method == http.MethodDelete:
		w.WriteHeader(statusCancelled)
	default:
		u.mu.Lock()
		defer u.mu.Unlock()
		u.put(w, r)
	}
}

// put takes bytes, or tells what is there.
func (u *upload) put(w http.ResponseWriter, r *http.Request) {
	from, total, asks, err := contentRange(r.Header.Get("Content-Range"))
	switch {
	case err != nil:
		refuse(w, http.StatusBadRequest, "invalid", err.Error())
		return
	case u.whole != nil:
		_, _ = w.Write(u.whole)
		return
	case asks && total > 0:
		u.incomplete(w)
		return
	case from > u.offset:
		refuse(w, http.StatusServiceUnavailable, "backendError", "bytes are missing before these")
		return
	}
	piece, broken := io.ReadAll(r.Body)
	there := min(u.offset-from, int64(len(piece)))
	u.again += there
	piece = piece[there:] // the rest is ignored
	if u.offset+int64(len(piece)) < total {
		piece = piece[:len(piece)/unit*unit]
	}
	last := u.offset+int64(len(piece)) == total
	_, _ = u.sum.Write(piece)
	if ours := "crc32c=" + base64.StdEncoding.EncodeToString(u.sum.Sum(nil)); last && r.Header.Get("X-Goog-Hash") != ours && r.Header.Get("X-Goog-Hash") != "" {
		refuse(w, http.StatusBadRequest, "invalid", "Provided CRC32C doesn't match calculated CRC32C.")
		return
	}
	if len(piece) > 0 || total == 0 {
		if !u.pass(w, piece, total) {
			return
		}
	}
	switch {
	case broken != nil: // nobody is there to be answered
	case last:
		_, _ = w.Write(u.whole)
	default:
		u.incomplete(w)
	}
}

// pass gives a piece to the fake.
func (u *upload) pass(w http.ResponseWriter, piece []byte, total int64) bool {
	request, err := http.NewRequest(http.MethodPut, u.fake, bytes.NewReader(piece))
	if err != nil {
		refuse(w, http.StatusBadGateway, "backendError", err.Error())
		return false
	}
	request.Header.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", u.offset, u.offset+int64(len(piece))-1, total))
	if total == 0 {
		request.Header.Set("Content-Range", "bytes */0")
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		refuse(w, http.StatusBadGateway, "backendError", err.Error())
		return false
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK && response.StatusCode != http.StatusPermanentRedirect {
		refuse(w, response.StatusCode, "backendError", string(answer))
		return false
	}
	u.offset += int64(len(piece))
	if response.StatusCode == http.StatusOK {
		u.whole = answer
	}
	return true
}

// incomplete says how many bytes are there.
func (u *upload) incomplete(w http.ResponseWriter) {
	if u.offset > 0 {
		w.Header().Set("Range", fmt.Sprintf("bytes=0-%d", u.offset-1))
	}
	w.WriteHeader(http.StatusPermanentRedirect)
}

// contentRange reads "bytes 0-41/100"; asks is true for "bytes */100".
func contentRange(text string) (from, total int64, asks bool, err error) {
	span, end, ok := strings.Cut(strings.TrimPrefix(text, "bytes "), "/")
	total, err = strconv.ParseInt(end, 10, 64)
	if !ok || err != nil || span == "*" {
		return 0, total, span == "*", err
	}
	first, _, _ := strings.Cut(span, "-")
	from, err = strconv.ParseInt(first, 10, 64)
	return from, total, false, err
}
