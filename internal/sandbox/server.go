package sandbox

import (
	"fmt"
	"net/http"

	"transporter/internal/sandbox/exporter"
	"transporter/internal/sandbox/history"
	"transporter/internal/sandbox/installs"
	"transporter/internal/sandbox/issuer"
	"transporter/internal/sandbox/journal"
	"transporter/internal/sandbox/live"
	"transporter/internal/sandbox/oauth"
	"transporter/internal/sandbox/recorded"
	"transporter/internal/sandbox/tempurl"
	"transporter/internal/sandbox/webhook"
	"transporter/internal/sandbox/world"
)

// Server answers for every account. It is safe for concurrent use.
type Server struct {
	config   Config
	verifier *oauth.Verifier
	sessions *issuer.Sessions
	tokens   *issuer.Tokens
	installs *installs.Registry
	hooks    *webhook.Sender
	requests *journal.Journal[Request]
	tenants  map[string]*tenant
	faults   faults
	late     lateChanges
	calls    calls // by path
	accounts calls
	slots    chan struct{} // nil without a cap
	caPEM    []byte
	talks    *live.Engine // that apps hold for consumers
	swift    tempurl.Signer
	exporter *exporter.Server

	credentials credentialLinks
}

// tenant is one account's content.
type tenant struct {
	account Account
	keys    []oauth.Key
	history history.Archive
	chats   history.Chats
	lists   lists
	world   *world.Account // nil when records are served
}

// New makes a sandbox. It fails on a configuration that cannot work and on records that
// cannot be read.
func New(c Config) (*Server, error) {
	if err := c.complete(); err != nil {
		return nil, fmt.Errorf("configure sandbox: %w", err)
	}
	s := &Server{
		config: c, tenants: map[string]*tenant{},
		verifier: oauth.NewVerifier(c.RealNow), sessions: issuer.NewSessions(c.RealNow), tokens: issuer.NewTokens(c.RealNow),
		installs: installs.NewRegistry(c.RealNow), requests: newRequests(),
	}
	var err error
	if s.hooks, err = c.sender(s.installs); err != nil {
		return nil, err
	}
	s.faults.seed = uint64(c.Seed)
	c.Exporter.Seed, c.Exporter.Now, c.Exporter.RealNow = c.Seed, c.Now, c.RealNow
	s.exporter = exporter.New(c.Exporter)
	s.talks, s.swift = newLive(c, s.hooks.Notify), newSwift(c)
	if c.Concurrency > 0 {
		s.slots = make(chan struct{}, c.Concurrency)
	}
	var records *recorded.Archive
	if c.Records != "" {
		if records, err = recorded.Load(c.Records); err != nil {
			return nil, fmt.Errorf("load records: %w", err)
		}
	}
	for _, a := range c.Accounts {
		t := &tenant{account: a}
		for _, k := range a.Keys {
			t.keys = append(t.keys, k.Key)
		}
		if records != nil {
			t.history, t.chats, t.lists = records, records, records
		} else {
			t.world = newWorld(&c, &a)
			t.history, t.chats, t.lists = t.world, t.world, t.world
		}
		s.tenants[a.ID] = t
	}
	return s, nil
}

func newWorld(c *Config, a *Account) *world.Account {
	if c.Even {
		return world.NewEvenAccount(c.Seed, a.ID, a.Conversations)
	}
	return world.NewAccount(c.Seed, a.ID, a.Conversations)
}

// Handler serves the TLS side: every service by its path, the domain API and the admin
// paths. Requests to services must be signed for the host and scheme they came by.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	s.domainRoutes(mux)
	s.adminRoutes(mux)
	s.loginRoutes(mux)
	s.sentinelRoutes(mux)
	s.installationRoutes(mux)
	s.consumerRoutes(mux)
	s.conversationRoutes(mux)
	s.swiftRoutes(mux)
	s.liveHistoryRoutes(mux)
	s.operationsRoutes(mux)
	s.exporterRoutes(mux)
	mux.HandleFunc("GET /_feeds/credentials/{token}", s.credentialLink)
	s.keyRoutes(mux)
	s.service(mux, ServiceHistory, "/messaging_history/api/account/{account}/conversations/search", s.search)
	s.service(mux, ServiceHistory, "/messaging_history/api/account/{account}/conversations/conversation/search", s.byConversation)
	s.service(mux, ServiceHistory, "/messaging_history/api/account/{account}/conversations/consumer/search", s.byConsumer)
	s.service(mux, ServiceChats, "/interaction_history/api/account/{account}/interactions/search", s.chatSearch)
	s.service(mux, ServiceConfiguration, "/api/account/{account}/configuration/le-users/{list}", s.configurationList)
	s.service(mux, ServiceConfiguration, "/api/account/{account}/configuration/le-users/{list}/{id}", s.configurationOne)
	s.service(mux, ServiceConfiguration, "/api/account/{account}/configuration/le-agents/{list}", s.configurationList)
	s.service(mux, ServiceConfiguration, "/api/account/{account}/configuration/le-agents/{list}/{id}", s.configurationOne)
	s.service(mux, ServiceAgentActivity, "/api/v2/account/{account}/status-changes", s.statusChanges)
	s.service(mux, ServiceAgentActivity, "/api/account/{account}/agent-segments", s.agentSegments)
	s.service(mux, ServiceAgentActivity, "/api/account/{account}/agent-segments/breakdown", s.breakdownFiles)
	s.service(mux, ServiceAgentActivity, "/api/account/{account}/agent-segments/files", s.breakdownFile)
	s.service(mux, serviceOutbound, "/api/account/{account}/app/{app}/transactions/", s.transactions)
	return s.counted(s.recorded(mux))
}

// DomainHandler serves the plain side: both forms of the domain API, and the admin paths.
func (s *Server) DomainHandler() http.Handler {
	mux := http.NewServeMux()
	s.domainRoutes(mux)
	s.adminRoutes(mux)
	return s.counted(mux)
}

// now is the data clock in epoch milliseconds.
func (s *Server) now() int64 { return s.config.Now().UnixMilli() }
