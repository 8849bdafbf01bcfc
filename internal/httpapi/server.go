package httpapi

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"transporter/internal/account"
	"transporter/internal/coverage"
	"transporter/internal/fault"
	"transporter/internal/link"
	"transporter/internal/seal"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

const (
	// maxBody bounds every request body: the largest legitimate one, a task with long lists
	// of skills, is some tens of KiB.
	maxBody = 1 << 20
	// bodyTimeout bounds how long a caller may take to send a body.
	bodyTimeout = 30 * time.Second
)

// Config is what a Server needs; every field is required except Plans, Kept, Inbox, Public, Outbound,
// Stopping and Secrets.Dir.
type Config struct {
	Accounts    Accounts
	Runs        Runs
	Book        Book
	Ledger      coverage.Ledger
	Backfill    Backfills
	Incidents   Incidents
	FeedSchemas FeedSchemas
	FeedLeaves  FeedLeaves
	Files       Files
	Samples     Samples

	Conversations Conversations
	Journal       Journal
	Stopping      <-chan struct{} // closed when the server stops: streams end; nil: never
	Links         Links
	Signer        *link.Signer
	Seal          *seal.PublicKey   // credentials are closed to it
	Signing       ed25519.PublicKey // verifies certificates of coverage
	Plans         account.Plans     // limits of accounts without their own; zero: the defaults
	Secrets       SecretSources
	Outbound      func(ca string) (*http.Client, error) // guarded, with one more root; nil: no links are fetched
	Inbox         Inbox                                 // nil: no webhooks are taken
	Public        string                                // address under which platforms reach this server, such as https://hooks.example.com; may be empty
	Kept          time.Duration                         // how long workers keep files, which links lead to; zero: for good
	Token         Token
	Now           func() time.Time
	Log           *slog.Logger
	Version       string // of the program, shown in the OpenAPI document
}

// Server answers HTTP requests. It is safe for concurrent use.
type Server struct {
	cfg     Config
	api     huma.API
	handler http.Handler
}

// New returns a server with every route of the API.
func New(cfg Config) *Server {
	mux := http.NewServeMux()
	s := &Server{cfg: cfg, api: humago.New(mux, apiConfig(cfg.Version))}
	s.health()
	s.reports()
	s.vendors()
	s.zones()
	s.accounts()
	sources.register(s)
	sources.probe(s)
	s.importing()
	destinations.register(s)
	destinations.probe(s)
	s.credentialRecords()
	keys.register(s)
	s.signer()
	s.apps()
	s.tasks()
	s.preview()
	s.fileNames()
	s.coverage()
	s.certificates()
	s.backfills()
	s.plan()
	s.notifications()
	s.alerts()
	s.feeds()
	s.feedSchemas()
	s.runs()
	s.runFiles()
	s.links()
	s.linkFiles(mux)
	s.webhookDocs()
	s.resume()
	s.redeliver()
	s.accept()
	s.conversations(mux)
	describeSchemas(s.api.OpenAPI())
	s.docs(mux)
	schemaFiles(mux, s.api.OpenAPI())
	leaveToTask(s.api.OpenAPI())
	leaveToKind(s.api.OpenAPI().Components.Schemas)
	s.handler = s.withInbox(s.withRequestID(s.withLog(s.withRecover(s.withToken(withProblems(mux))))))
	return s
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// OpenAPI returns the document that /openapi.json serves.
func (s *Server) OpenAPI() *huma.OpenAPI { return s.api.OpenAPI() }

func apiConfig(version string) huma.Config {
	config := huma.DefaultConfig("transporter", version)
	config.Info.Description = "Report tasks of contact-centre accounts: what to read, when, in which form, " +
		"to whom it is encrypted and where it goes. Times are RFC 3339, durations are \"15m\", \"6h\" or \"1d\", zones are IANA names."
	config.DocsPath = ""                            // ours needs no network, see docs.go
	config.CreateHooks = nil                        // no $schema in answers: it would not be accepted back
	config.OpenAPIPath, config.SchemasPath = "", "" // registered in docs.go and taskschema.go
	config.RejectUnknownQueryParameters = true
	config.Components.Schemas = registry()
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"token": {Type: "http", Scheme: "bearer", Description: "The token of the token file."},
	}
	config.Security = []map[string][]string{{"token": {}}}
	return config
}

// operation describes a route for route.
type operation struct {
	Method, Path, ID string
	Tag              string
	Summary, Doc     string
	Status           int   // of success; default 200
	Errors           []int // besides 401, 500 and 503, which every route has
	MaxBody          int64 // in place of maxBody
}

// route registers a handler; errors become problems in one place.
func route[I, O any](s *Server, op operation, handle func(context.Context, *I) (*O, error)) {
	errs := append([]int{http.StatusUnauthorized, http.StatusServiceUnavailable}, op.Errors...)
	huma.Register(s.api, huma.Operation{
		Method: op.Method, Path: op.Path, OperationID: op.ID, Tags: []string{op.Tag},
		Summary: op.Summary, Description: op.Doc, DefaultStatus: op.Status, Errors: errs,
		MaxBodyBytes: cmp.Or(op.MaxBody, maxBody), BodyReadTimeout: bodyTimeout,
	}, func(ctx context.Context, in *I) (*O, error) {
		out, err := handle(ctx, in)
		if err != nil {
			return nil, s.refuse(ctx, err)
		}
		return out, nil
	})
}

// refuse turns an error into the problem that the caller sees, and logs what they must not.
func (s *Server) refuse(ctx context.Context, err error) error {
	p := problemOf(ctx, err)
	if p.Status == http.StatusInternalServerError {
		s.cfg.Log.ErrorContext(ctx, "request failed", "id", p.RequestID, "error", err)
	}
	if wait := retryAfter(err); wait != "" {
		return huma.ErrorWithHeaders(p, http.Header{"Retry-After": {wait}})
	}
	return p
}

// retryAfter returns the header's value in whole seconds, or nothing.
func retryAfter(err error) string {
	for _, f := range flatten(err) {
		if f.Kind == fault.RateLimited || f.RetryAfter > 0 {
			return strconv.Itoa(int(max(f.RetryAfter, time.Second).Seconds()))
		}
	}
	return ""
}
