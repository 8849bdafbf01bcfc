package sandbox

import (
	"bytes"
	"io"
	"net/http"
	"regexp"
	"strings"
	"time"

	"transporter/internal/sandbox/journal"
)

// Request is a call of a connector, as it came and was answered, without its secrets.
type Request struct {
	Number  uint64            `json:"number"`
	At      time.Time         `json:"at"`
	TookMS  int64             `json:"tookMs"`
	Account string            `json:"account"`
	Method  string            `json:"method"`
	Path    string            `json:"path"`
	Query   string            `json:"query,omitempty"`
	Headers map[string]string `json:"headers"`
	Body    string            `json:"body,omitempty"`
	Status  int               `json:"status"`
	Answer  string            `json:"answer,omitempty"`
}

// What is kept of requests, and of the bodies of each.
const (
	mostRequests     = 5_000
	mostRequestBytes = 32 << 20
	mostBody         = 64 << 10
	requestBytes     = 1_000 // a request without its bodies
)

// connectorPaths are those that a connector calls; what a data transport calls is only counted.
var connectorPaths = regexp.MustCompile(`^/(sentinel/|v1/AUTH_|` +
	`api/account/[^/]+/(login$|consumer$|messaging/consumer/|configuration/(app-install|provision)/)|` +
	`messaging_history/api/account/[^/]+/conversations/(conversation|consumer)/)`)

// accountInPath finds the account where a connector's paths have it.
var accountInPath = regexp.MustCompile(`/(?:account|AUTH_async-images)/([^/]+)`)

func newRequests() *journal.Journal[Request] {
	return journal.New[Request](mostRequests, mostRequestBytes)
}

// Requests returns, oldest first, at most limit calls of connectors after a number, of one account
// or, with "", of all; and the number to go on from. Only the last ones are kept.
func (s *Server) Requests(account string, since uint64, limit int) ([]Request, uint64) {
	return s.requests.Since(since, limit, func(r Request) bool { return account == "" || r.Account == account })
}

// recorded keeps what connectors call.
func (s *Server) recorded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !connectorPaths.MatchString(r.URL.Path) {
			next.ServeHTTP(w, r)
			return
		}
		one := Request{At: s.config.RealNow(), Method: r.Method, Path: r.URL.Path, Query: withoutSecrets(r.URL.RawQuery), Headers: headersOf(r)}
		if m := accountInPath.FindStringSubmatch(r.URL.Path); m != nil {
			one.Account = m[1]
		}
		begin, _ := io.ReadAll(io.LimitReader(r.Body, mostBody)) // the handler meets the error itself
		r.Body = &resumed{io.MultiReader(bytes.NewReader(begin), r.Body), r.Body}
		one.Body = withoutSecrets(strings.ToValidUTF8(string(begin), "\uFFFD"))
		kept := &keepingWriter{countingWriter: countingWriter{ResponseWriter: w, status: http.StatusOK}}
		defer func() {
			one.Status, one.Answer = kept.status, withoutSecrets(strings.ToValidUTF8(kept.body.String(), "\uFFFD"))
			one.TookMS = s.config.RealNow().Sub(one.At).Milliseconds()
			s.requests.Add(requestBytes+len(one.Body)+len(one.Answer), func(n uint64) Request { one.Number = n; return one })
		}()
		next.ServeHTTP(kept, r)
	})
}

// resumed is a body that was read in part.
type resumed struct {
	io.Reader
	io.Closer
}

// keepingWriter keeps the beginning of what is written.
type keepingWriter struct {
	countingWriter
	body bytes.Buffer
}

func (w *keepingWriter) Write(b []byte) (int, error) {
	w.body.Write(b[:min(len(b), mostBody-w.body.Len())])
	return w.countingWriter.Write(b)
}

// hidden stands where a secret was.
const hidden = "…"

var (
	// secretMember is a member of JSON whose text is a secret, also one that is cut off.
	secretMember = regexp.MustCompile(`("(?:client_secret|password|secret|appKey|accessToken|accessTokenSecret|access_token|token|bearer|csrf|temp_url_sig)"\s*:\s*)"(?:[^"\\]|\\.)*(?:"|\\?$)`)
	// secretParameter is one of a query or a form.
	secretParameter = regexp.MustCompile(`\b(client_secret|temp_url_sig)=[^&\s"]*`)
)

func withoutSecrets(text string) string {
	return secretParameter.ReplaceAllString(secretMember.ReplaceAllString(text, `$1"`+hidden+`"`), "$1="+hidden)
}

// headersOf returns a request's headers; of credentials only their kind.
func headersOf(r *http.Request) map[string]string {
	all := make(map[string]string, len(r.Header))
	for name := range r.Header {
		value := strings.Join(r.Header.Values(name), ", ")
		switch name {
		case "Authorization", "X-Lp-On-Behalf":
			kind, _, prefixed := strings.Cut(value, " ")
			if !prefixed {
				kind = "token"
			}
			value = kind + " " + hidden
		case "Cookie":
			value = hidden
		}
		all[name] = value
	}
	return all
}
