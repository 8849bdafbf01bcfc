package httpapi

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"

	"transporter/internal/contract"
	"transporter/internal/fault"

	"github.com/danielgtaylor/huma/v2"
)

// downloadTimeout bounds how long one download may take: a large file over a slow line.
const downloadTimeout = 6 * time.Hour

// Download is a file as an answer.
type Download struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Length      string `header:"Content-Length"`
	Digest      string `header:"Repr-Digest" doc:"SHA-256 of the file (RFC 9530): compare it after the download."`
	Body        func(huma.Context)
}

// InFile names a file of a run.
type InFile struct {
	InRun
	N int `path:"n" minimum:"1" maximum:"1000000" doc:"The file's number in the run, from 1." example:"1"`
}

func (s *Server) runFiles() {
	route(s, operation{
		Method: http.MethodGet, Path: runsPath + "/{run}/files/{n}", ID: "download-file", Tag: "runs",
		Summary: "Download a file of a run", Doc: "Only encrypted files, exactly as they were delivered.",
		Errors: []int{403, 404},
	}, s.downloadFile)
}

func (s *Server) downloadFile(ctx context.Context, in *InFile) (*Download, error) {
	found, err := s.findRun(ctx, in.InRun)
	if err != nil {
		return nil, err
	}
	if found.record == nil || in.N > len(found.record.Downloads) {
		return nil, fault.New(fault.NotFound, "the run has no file %d", in.N).WithField("path.n").
			WithFix("look at the run: it lists its files, once it has ended")
	}
	file := found.record.Downloads[in.N-1]
	if !file.Encrypted {
		return nil, fault.New(fault.PermissionDenied, "file %d is not encrypted, and the api serves only encrypted files", in.N).
			WithField("path.n").WithFix("fetch it at its destination")
	}
	body, err := s.cfg.Files.OpenRaw(ctx, file.Ref, 0)
	if err != nil {
		return nil, gone(in.N, err)
	}
	return &Download{
		ContentType: "application/pgp-encrypted", Disposition: disposition(path.Base(file.Name)),
		Length: fmt.Sprint(file.Ref.Size), Digest: digest(file.Ref),
		Body: func(hctx huma.Context) { s.send(ctx, hctx, body, file.Ref) },
	}, nil
}

// gone says why a file that a run made cannot be downloaded any more.
func gone(n int, err error) error {
	if !fault.Is(err, fault.NotFound) && !fault.Is(err, fault.ConfigMissing) {
		return err
	}
	return fault.New(fault.NotFound, "file %d is no longer kept here", n).WithField("path.n").
		WithFix("fetch it at its destination")
}

// send copies the file, whose reader checks length and hash at its end; a wrong or short
// file breaks the connection, so that nobody takes it for whole.
func (s *Server) send(ctx context.Context, hctx huma.Context, body io.ReadCloser, ref contract.Ref) {
	defer func() { _ = body.Close() }()
	if w, ok := hctx.BodyWriter().(http.ResponseWriter); ok {
		// The server's own deadline is for short answers; without support it stays.
		_ = http.NewResponseController(w).SetWriteDeadline(s.cfg.Now().Add(downloadTimeout))
	}
	_, err := io.CopyN(hctx.BodyWriter(), body, ref.Size-1)
	var last []byte // waits for the check at the end of the file
	if err == nil {
		last, err = io.ReadAll(body)
	}
	if err != nil {
		s.abort(ctx, "send file", err)
	}
	_, _ = hctx.BodyWriter().Write(last) // the caller is gone: nobody to tell
}

// abort ends an answer that has begun so that the caller sees that it is not whole.
func (s *Server) abort(ctx context.Context, what string, err error) {
	s.cfg.Log.ErrorContext(ctx, what, "id", requestID(ctx), "error", err)
	panic(http.ErrAbortHandler)
}

func digest(ref contract.Ref) string {
	sum, err := hex.DecodeString(ref.SHA256)
	if err != nil {
		return ""
	}
	return "sha-256=:" + base64.StdEncoding.EncodeToString(sum) + ":"
}

// disposition offers the file under its own name, without its folders.
func disposition(name string) string {
	return mime.FormatMediaType("attachment", map[string]string{"filename": name[strings.LastIndex(name, "/")+1:]})
}
