package fileexporter

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"path"
	"strconv"
	"strings"

	"transporter/internal/fault"
	"transporter/internal/feed"
	"transporter/internal/feed/steady"
)

// Open implements feed.Door. The file is asked for under a new presigned address, on the condition
// that it is still the one that was listed; a break is read on after, under another address.
func (d *Door) Open(ctx context.Context, o feed.Object) (io.ReadCloser, error) {
	n, err := d.nodeOf(ctx, o.Key)
	if err != nil {
		return nil, err
	}
	at := func(offset int64) (io.ReadCloser, error) { return d.openAt(ctx, n, o, offset) }
	return steady.Open(ctx, o.Size, at, func(err error) error { return unanswered(ctx, "read "+o.Key, err) })
}

// nodeOf finds the node that a file is in by the lists on the way there.
func (d *Door) nodeOf(ctx context.Context, key string) (found node, err error) {
	folder := path.Dir(key) + "/"
	d.mu.Lock()
	in, known := d.values[folder]
	d.mu.Unlock()
	if known {
		return node{folder, len(levels), in}, nil
	}
	d.nodes(ctx, node{}, folder, func(n node, listed error) bool {
		if err = listed; err == nil && n.path == folder {
			found = n
		}
		return err == nil && found.path == ""
	})
	if err == nil && found.path == "" {
		err = changed(key, "it is gone")
	}
	return found, err
}

// look returns the file as a listing shows it, and remembers where it is.
func (d *Door) look(ctx context.Context, n node, name string) (feed.Object, error) {
	d.mu.Lock()
	d.values[n.path] = n.in
	d.mu.Unlock()
	key := n.path + name
	response, err := d.get(ctx, n, key, map[string]string{"Range": "bytes=0-0"})
	if err != nil {
		return feed.Object{}, err
	}
	defer response.Body.Close()
	d.HearDate(response.Header, d.config.Now())
	o := feed.Object{Key: key, ETag: response.Header.Get("ETag")}
	if o.Modified, err = http.ParseTime(response.Header.Get("Last-Modified")); err != nil {
		return o, fault.New(fault.Upstream, "look at %s: the storage does not say when it was written", key)
	}
	o.Size, err = wholeSize(response)
	if err != nil {
		return o, fault.New(fault.Upstream, "look at %s: the storage does not say how long it is", key)
	}
	return o, nil
}

// wholeSize reads the size out of "bytes 0-0/123", or of "bytes */0" for an empty file (RFC 9110,
// section 14.4), or of an answer that has the whole file.
func wholeSize(r *http.Response) (int64, error) {
	if r.StatusCode == http.StatusOK {
		return r.ContentLength, nil
	}
	_, size, _ := strings.Cut(r.Header.Get("Content-Range"), "/")
	return strconv.ParseInt(size, 10, 64)
}

func (d *Door) openAt(ctx context.Context, n node, o feed.Object, offset int64) (io.ReadCloser, error) {
	header := map[string]string{}
	if o.ETag != "" {
		header["If-Match"] = o.ETag
	}
	if offset > 0 {
		header["Range"] = fmt.Sprintf("bytes=%d-", offset)
	}
	response, err := d.get(ctx, n, o.Key, header)
	if err != nil {
		return nil, err
	}
	modified, _ := http.ParseTime(response.Header.Get("Last-Modified"))
	if response.ContentLength+offset != o.Size || response.Header.Get("ETag") != o.ETag || !modified.Equal(o.Modified) {
		response.Body.Close()
		return nil, changed(o.Key, "it is another file now")
	}
	return response.Body, nil
}

// get asks for the file under a presigned address, and under another one if that has lapsed (403).
// The headers of the API are not sent there, and the address is in no error: its query opens the file.
func (d *Door) get(ctx context.Context, n node, key string, header map[string]string) (*http.Response, error) {
	for last := false; ; last = true {
		address, err := d.address(ctx, n, key)
		if err != nil {
			return nil, err
		}
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		if err != nil {
			return nil, fault.New(fault.Upstream, "read %s: the API gives no address that can be read", key)
		}
		for name, value := range header {
			request.Header.Set(name, value)
		}
		request.Header.Set("Accept-Encoding", "identity") // .gz files are to come as they are
		response, err := d.config.HTTP.Do(request)
		if err != nil {
			return nil, unanswered(ctx, "read "+key, err)
		}
		if response.StatusCode == http.StatusForbidden && !last {
			response.Body.Close()
			continue
		}
		return response, opened(key, header, response)
	}
}

// address returns a new presigned address of the file.
func (d *Door) address(ctx context.Context, n node, key string) (string, error) {
	in := maps.Clone(n.in)
	in["fileName"] = path.Base(key)
	var out struct {
		URL string `json:"url"`
	}
	err := d.call(ctx, "getfeedfile", in, &out)
	if fault.Is(err, fault.NotFound) {
		return "", changed(key, "it is gone")
	}
	return out.URL, err
}

// opened tells what the status of the storage's answer means; a refusal closes it.
func opened(key string, header map[string]string, r *http.Response) error {
	empty := r.StatusCode == http.StatusRequestedRangeNotSatisfiable && header["Range"] == "bytes=0-0"
	if r.StatusCode == http.StatusOK || r.StatusCode == http.StatusPartialContent || empty {
		return nil
	}
	r.Body.Close()
	switch r.StatusCode {
	case http.StatusPreconditionFailed, http.StatusNotFound:
		return changed(key, "it is another file now, or gone")
	case http.StatusForbidden:
		return fault.New(fault.PermissionDenied, "read %s: the storage answers 403 to a new address, too", key).
			WithFix("ask the account team whether files of this feed may be read")
	}
	return fault.New(fault.Upstream, "read %s: the storage answers %d", key, r.StatusCode)
}

func changed(key, how string) error {
	return fault.New(fault.Conflict, "%s changed while it was read: %s", key, how)
}
