package httpapi

import (
	"context"
	"net/http"
	"time"

	"transporter/internal/fault"
	"transporter/internal/link"
)

// linkPath is where links of mails lead.
const linkPath = link.Path + "{signed}"

// serveLink sends the file of a link that is signed by us and live, and counts the download.
// Ranges and conditions are those of http.ServeContent.
func (s *Server) serveLink(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer") // the address is the secret
	file, err := s.openLink(r.Context(), r.PathValue("signed"), r.Method == http.MethodGet)
	if err != nil {
		problem := problemOf(r.Context(), err)
		if problem.Status == http.StatusInternalServerError {
			s.cfg.Log.ErrorContext(r.Context(), "open link", "id", problem.RequestID, "error", err)
		}
		writeProblem(w, problem)
		return
	}
	defer file.Close()
	h.Set("Content-Type", "application/pgp-encrypted")
	h.Set("Content-Disposition", disposition(file.name))
	h.Set("Repr-Digest", digest(file.ref))
	h.Set("ETag", `"`+file.ref.SHA256+`"`)
	// The server's own deadline is for short answers; without support it stays.
	_ = http.NewResponseController(w).SetWriteDeadline(s.cfg.Now().Add(downloadTimeout))
	http.ServeContent(w, r, "", time.Time{}, file)
	if file.failed != nil {
		s.abort(r.Context(), "send file of a link", file.failed)
	}
}

// openLink opens the file that a link gives away; count notes a download.
func (s *Server) openLink(ctx context.Context, signed string, count bool) (*keptFile, error) {
	id, ok := s.cfg.Signer.Read(signed)
	if !ok {
		return nil, noLink()
	}
	l, err := s.cfg.Links.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if l == nil {
		return nil, noLink()
	}
	switch l.State(s.cfg.Now()) {
	case link.Revoked:
		return nil, ended(ctx, "this link was revoked")
	case link.Expired:
		return nil, ended(ctx, "this link has expired")
	}
	file := &keptFile{ctx: ctx, files: s.cfg.Files, name: l.Name, ref: l.Ref}
	if err := file.open(); fault.Is(err, fault.NotFound) {
		return nil, ended(ctx, "the file of this link is no longer kept")
	} else if err != nil {
		return nil, err
	}
	if count {
		err = s.cfg.Links.Count(ctx, id)
	}
	if err != nil { // what cannot be counted is not served
		file.Close()
		return nil, err
	}
	return file, nil
}

// ended refuses a link that did lead to a file (RFC 9110 section 15.5.11).
func ended(ctx context.Context, why string) error {
	return (&Problem{Status: http.StatusGone, Detail: why + " (ask whoever sent it to send the files again)"}).finish(ctx)
}

func noLink() error {
	return fault.New(fault.NotFound, "there is no such link").WithFix("copy the whole address from the mail")
}
