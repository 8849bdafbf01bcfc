package sandbox

import (
	"encoding/json"
	"io"
	"net/http"

	"transporter/internal/sandbox/live"
)

// Live holds the conversations that apps opened.
func (s *Server) Live() *live.Engine { return s.talks }

// adminLiveRoutes show the live conversations and let agents act in them.
func (s *Server) adminLiveRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /_admin/live/{account}/conversations", func(w http.ResponseWriter, r *http.Request) {
		writeJSON(w, http.StatusOK, s.talks.List(r.PathValue("account")))
	})
	mux.HandleFunc("GET /_admin/live/{account}/conversations/{id}", s.adminRecord)
	mux.HandleFunc("POST /_admin/live/{account}/conversations/{id}/acts", s.adminActs)
	mux.HandleFunc("GET /_admin/live/agents", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, http.StatusOK, s.talks.Agents()) })
	mux.HandleFunc("PUT /_admin/live/agents", s.adminAgents)
}

func (s *Server) adminRecord(w http.ResponseWriter, r *http.Request) {
	record, ok := s.talks.Record(r.PathValue("account"), r.PathValue("id"))
	if !ok {
		writeError(w, http.StatusNotFound, "conversation: "+r.PathValue("id")+" is unknown")
		return
	}
	writeJSON(w, http.StatusOK, record)
}

// adminActs takes one act or a list of them and answers with the conversation's record.
func (s *Server) adminActs(w http.ResponseWriter, r *http.Request) {
	var raw json.RawMessage
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, largestActs)).Decode(&raw)
	if err == nil && raw[0] != '[' {
		raw = append(append([]byte{'['}, raw...), ']')
	}
	var acts []live.Act
	if err == nil {
		err = decodeStrict(raw, &acts)
	}
	if err == nil {
		err = s.talks.Act(r.PathValue("account"), r.PathValue("id"), acts...)
	}
	if err != nil {
		writeError(w, http.StatusBadRequest, err.Error())
		return
	}
	s.adminRecord(w, r)
}

// largestActs has room for files.
const largestActs = 8 << 20

// adminAgents takes what agents do by themselves.
func (s *Server) adminAgents(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, largestAdmin))
	var agents live.Agents
	if err == nil {
		err = decodeStrict(raw, &agents)
	}
	if err == nil {
		err = s.talks.SetAgents(agents)
	}
	if err != nil {
		writeError(w, http.StatusBadRequest, "agents: "+err.Error())
		return
	}
	writeJSON(w, http.StatusOK, s.talks.Agents())
}

// newLive makes the engine, on the clock of what happens now. Ids follow from the seed and the
// start: conversations of two processes are never taken for each other.
func newLive(c Config, notify live.Notify) *live.Engine {
	return live.New(live.Config{Seed: c.Seed ^ c.RealNow().UnixNano(), Now: c.RealNow, Notify: notify})
}
