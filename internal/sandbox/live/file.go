package live

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// Limits of files (Connector API, "File sharing").
const (
	MostFileBytes    = 3_000_000
	mostPreviewBytes = 30_000
)

var (
	uploadTypes = []string{"JPG", "JPEG", "PNG", "GIF"}
	// hostedTypes are those of the published schema of a hosted file.
	hostedTypes = append(slices.Clone(uploadTypes), "IMG", "TXT", "PDF")
)

// file is one that was announced, and perhaps came.
type file struct {
	account  string
	declared int // bytes
	content  []byte
}

// hostedFile is the message of an event about a file.
type hostedFile struct {
	Caption      string `json:"caption"`
	RelativePath string `json:"relativePath"`
	FileType     string `json:"fileType"`
	Preview      string `json:"preview,omitempty"`
}

func (ev *event) hostedFile() (hostedFile, error) {
	var f hostedFile
	switch err := json.Unmarshal(ev.Message, &f); {
	case err != nil:
		return f, invalid("event.message: must be an object with relativePath and fileType: %v", err)
	case !strings.HasPrefix(f.RelativePath, "/"):
		return f, invalid("event.message.relativePath: %q must begin with /", f.RelativePath)
	case !slices.Contains(hostedTypes, f.FileType):
		return f, invalid("event.message.fileType: %q must be one of %v", f.FileType, hostedTypes)
	case len(f.Preview) > mostPreviewBytes:
		return f, invalid("event.message.preview: %d bytes are more than %d", len(f.Preview), mostPreviewBytes)
	}
	return f, nil
}

// RequestUpload announces a file of that size and type and returns the path to put it under.
func (e *Engine) RequestUpload(by Caller, size int, kind string) (string, error) {
	switch {
	case size < 1 || size > MostFileBytes:
		return "", invalid("body.fileSize: %d must be 1 to %d bytes", size, MostFileBytes)
	case !slices.Contains(uploadTypes, kind):
		return "", invalid("body.fileType: %q must be one of %v", kind, uploadTypes)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.announce(by.Account, by.Consumer, size, kind), nil
}

func (e *Engine) announce(account, owner string, size int, kind string) string {
	at := e.config.Now().UTC()
	path := fmt.Sprintf("/v1/AUTH_async-images/%s/%s_uuid_%s_%s-%03d.%s", account, owner, e.newID(),
		at.Format("02-01-2006_15-04-05"), at.Nanosecond()/1e6, kind)
	e.files[path] = &file{account: account, declared: size}
	return path
}

// HasFile reports whether the account has a file of that path, announced or there.
func (e *Engine) HasFile(account, path string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	f := e.files[path]
	return f != nil && f.account == account
}

// StoreFile keeps the content of a file that was announced; false if there is none of that path.
func (e *Engine) StoreFile(path string, content []byte) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	f := e.files[path]
	if f != nil {
		f.content = content
	}
	return f != nil
}

// File returns the content of a file, false when there is none.
func (e *Engine) File(path string) ([]byte, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	f := e.files[path]
	if f == nil || f.content == nil {
		return nil, false
	}
	return f.content, true
}

// checkFile says what is wrong with the file that an event names: it must have come, as large as
// it was announced, and be an image.
func (e *Engine) checkFile(account string, ev *event) error {
	if ev.Type != eventContent || ev.ContentType != contentFile {
		return nil
	}
	named, _ := ev.hostedFile() // was checked
	f := e.files[named.RelativePath]
	switch {
	case f == nil || f.account != account || f.content == nil:
		return invalid("event.message.relativePath: no file was uploaded to %s", named.RelativePath)
	case len(f.content) != f.declared:
		return invalid("the file has %d bytes, not the %d that were announced", len(f.content), f.declared)
	case !strings.HasPrefix(http.DetectContentType(f.content), "image/"):
		return invalid("the file is no image")
	}
	return nil
}
