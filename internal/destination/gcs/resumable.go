package gcs

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"google.golang.org/api/googleapi"
	"google.golang.org/api/storage/v1"

	"transporter/internal/destination"
	"transporter/internal/destination/object"
	"transporter/internal/fault"
)

// The requests of a resumable upload
// (docs.cloud.google.com/storage/docs/performing-resumable-uploads).
const (
	// statusIncomplete says that the store waits for more; Range tells what it has.
	statusIncomplete = http.StatusPermanentRedirect
	// statusCancelled answers the cancelling of an upload; it is no number of RFC 9110.
	statusCancelled = 499
)

// errSessionGone says that the store does not know the upload: it is over, was cancelled, or
// is older than a week.
var errSessionGone = errors.New("the upload is gone")

// start begins an upload to the key and returns its address.
func (s *session) start(ctx context.Context, f destination.File, key string) (address string, err error) {
	described, err := json.Marshal(&storage.Object{Name: key, ContentType: "application/octet-stream", Metadata: map[string]string{object.HashField: f.SHA256}})
	if err != nil {
		return "", err
	}
	query := url.Values{"uploadType": {"resumable"}, "name": {key}}
	where := s.d.config.Endpoint + "/upload/storage/v1/b/" + url.PathEscape(s.d.config.Bucket) + "/o?" + query.Encode()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, where, bytes.NewReader(described))
	if err != nil {
		return "", err
	}
	request.Header.Set("Content-Type", "application/json; charset=UTF-8")
	request.Header.Set("X-Upload-Content-Length", strconv.FormatInt(f.Size, 10))
	response, err := do(s.d.login, request)
	if err != nil {
		return "", err
	}
	defer finish(response)
	if err := googleapi.CheckResponse(response); err != nil {
		return "", err
	}
	address = response.Header.Get("Location")
	if u, err := url.Parse(address); err != nil || u.Host == "" || u.Scheme != request.URL.Scheme {
		return "", fault.New(fault.Upstream, "the store gave no address to upload %s to", key)
	}
	return address, nil
}

// answer is what the store says to a part of an upload: how many bytes it has, and the object
// once it has all.
type answer struct {
	offset int64
	object *storage.Object
}

// send sends bytes of the file from the offset on; none asks only what is there. The last
// bytes carry the CRC32C of the whole, so that the store refuses another. Sent again are
// bytes that the store has already: it ignores them.
func (s *session) send(ctx context.Context, st *state, from int64, piece []byte) (answer, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPut, st.Session, bytes.NewReader(piece))
	if err != nil {
		return answer{}, errors.New("the address of the upload cannot be read") // and is not told
	}
	span := "*"
	if len(piece) > 0 {
		span = fmt.Sprintf("%d-%d", from, from+int64(len(piece))-1)
	}
	request.Header.Set("Content-Range", fmt.Sprintf("bytes %s/%d", span, st.Size))
	if from+int64(len(piece)) == st.Size && st.Checksum != "" {
		request.Header.Set("X-Goog-Hash", "crc32c="+st.Checksum)
	}
	response, err := do(s.d.plain, request)
	if err != nil {
		return answer{}, err
	}
	defer finish(response)
	return read(response)
}

func read(response *http.Response) (out answer, err error) {
	switch response.StatusCode {
	case http.StatusOK, http.StatusCreated:
		out.object = &storage.Object{}
		if err := json.NewDecoder(response.Body).Decode(out.object); err != nil {
			return out, fmt.Errorf("read what was uploaded: %w", err)
		}
		out.offset = int64(out.object.Size)
		return out, nil
	case statusIncomplete:
		out.offset, err = offset(response.Header.Get("Range"))
		return out, err
	case http.StatusNotFound, http.StatusGone:
		return out, errSessionGone
	}
	return out, googleapi.CheckResponse(response)
}

// offset reads "bytes=0-41" as 42; nothing is none.
func offset(span string) (int64, error) {
	if span == "" {
		return 0, nil
	}
	last, err := strconv.ParseInt(strings.TrimPrefix(span, "bytes=0-"), 10, 64)
	if err != nil || last < 0 {
		return 0, fmt.Errorf("the store says that it has %q", span)
	}
	return last + 1, nil
}

// cancel ends an upload and frees its bytes; one that is gone is no error.
func (s *session) cancel(ctx context.Context, st *state) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodDelete, st.Session, nil)
	if err != nil {
		return errors.New("the address of the upload cannot be read") // and is not told
	}
	response, err := do(s.d.plain, request)
	if err != nil {
		return s.classify(ctx, "cancel the upload of", st.Key, err)
	}
	defer finish(response)
	switch response.StatusCode {
	case statusCancelled, http.StatusNotFound, http.StatusGone:
		return nil
	}
	if err := googleapi.CheckResponse(response); err != nil {
		return s.classify(ctx, "cancel the upload of", st.Key, err)
	}
	return nil
}

// do sends a request; an error does not tell its address.
func do(client *http.Client, request *http.Request) (*http.Response, error) {
	response, err := client.Do(request)
	var told *url.Error
	if errors.As(err, &told) {
		return nil, told.Err
	}
	return response, err
}

// finish makes the connection free for the next request.
func finish(response *http.Response) {
	const most = 64 << 10 // an answer is small
	_, _ = io.CopyN(io.Discard, response.Body, most)
	response.Body.Close()
}
