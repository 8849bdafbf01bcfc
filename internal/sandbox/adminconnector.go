package sandbox

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"transporter/internal/sandbox/installs"
	"transporter/internal/sandbox/webhook"
)

// What a list of the admin's holds when nothing is said, and at most.
const (
	usualEntries = 1_000
	mostEntries  = 10_000
)

// adminConnectorRoutes show what connectors called and were told, and set how they are told.
func (s *Server) adminConnectorRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /_admin/requests", func(w http.ResponseWriter, r *http.Request) {
		writeEntries(w, r, "requests", s.Requests)
	})
	mux.HandleFunc("GET /_admin/deliveries", func(w http.ResponseWriter, r *http.Request) {
		writeEntries(w, r, "attempts", s.hooks.Attempts)
	})
	mux.HandleFunc("GET /_admin/webhooks", func(w http.ResponseWriter, _ *http.Request) { s.writeWebhooks(w) })
	mux.HandleFunc("PATCH /_admin/webhooks", s.adminSetWebhooks)
}

// writeEntries answers entries of ?account= after the number ?since=, at most ?limit=, and next,
// the number to go on from.
func writeEntries[T any](w http.ResponseWriter, r *http.Request, name string, list func(string, uint64, int) ([]T, uint64)) {
	q := r.URL.Query()
	since, limit := uint64(0), usualEntries
	var err error
	if q.Has("since") {
		since, err = strconv.ParseUint(q.Get("since"), 10, 64)
	}
	if err == nil && q.Has("limit") {
		limit, err = strconv.Atoi(q.Get("limit"))
	}
	if err != nil || limit < 1 || limit > mostEntries {
		writeError(w, http.StatusBadRequest, fmt.Sprintf("since: must be the number of an entry, limit: 1 to %d", mostEntries))
		return
	}
	entries, next := list(q.Get("account"), since, limit)
	writeJSON(w, http.StatusOK, map[string]any{name: entries, "next": next})
}

// adminSetWebhooks changes the settings of deliveries that the body names; null clears hosts.
func (s *Server) adminSetWebhooks(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, largestAdmin))
	settings := s.hooks.Settings()
	if err == nil {
		err = decodeStrict(raw, &settings)
	}
	if err == nil {
		err = s.hooks.Set(settings)
	}
	if err != nil {
		writeError(w, http.StatusBadRequest, "webhooks: "+err.Error())
		return
	}
	s.writeWebhooks(w)
}

func (s *Server) writeWebhooks(w http.ResponseWriter) {
	writeJSON(w, http.StatusOK, map[string]any{"settings": s.hooks.Settings(), "apps": s.hooks.Status()})
}

// Webhooks delivers what happens to apps; its Notify takes it.
func (s *Server) Webhooks() *webhook.Sender { return s.hooks }

// Install installs an app in an account by its manifest, as a user does with POST.
func (s *Server) Install(account string, manifest json.RawMessage) (*installs.Installation, error) {
	m, err := installs.ParseManifest(manifest)
	if err != nil {
		return nil, err
	}
	one, _, err := s.installs.Create(account, m)
	return one, err
}

// Close ends deliveries. The handlers go on.
func (s *Server) Close() { s.hooks.Close() }
