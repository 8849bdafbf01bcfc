package sandbox

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
)

const adminPrefix = "/_admin/"

// largestAdmin bounds the body of an admin call.
const largestAdmin = 1 << 20

// adminRoutes are for tests and the demo; nothing real has them.
func (s *Server) adminRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /_admin/ca.pem", s.adminCA)
	mux.HandleFunc("GET /_admin/faults", func(w http.ResponseWriter, _ *http.Request) { s.writeFaults(w) })
	mux.HandleFunc("PUT /_admin/faults", s.adminSetFaults)
	mux.HandleFunc("DELETE /_admin/faults", func(w http.ResponseWriter, _ *http.Request) {
		_ = s.SetFaults() // none are always right
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("PUT /_admin/late", s.adminSetLate)
	mux.HandleFunc("GET /_admin/calls", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, http.StatusOK, s.Calls()) })
	mux.HandleFunc("GET /_admin/accounts", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, http.StatusOK, s.Accounts()) })
	mux.HandleFunc("DELETE /_admin/calls", func(w http.ResponseWriter, _ *http.Request) {
		s.ResetCalls()
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("GET /_admin/world/{account}/conversations", s.adminWorld)
	s.adminLiveRoutes(mux)
	s.adminConnectorRoutes(mux)
	s.adminFeedRoutes(mux)
}

// SetCA gives the certificate authority's PEM that GET /_admin/ca.pem serves. Call it
// before serving.
func (s *Server) SetCA(pem []byte) { s.caPEM = pem }

func (s *Server) adminCA(w http.ResponseWriter, _ *http.Request) {
	if s.caPEM == nil {
		writeError(w, http.StatusNotFound, "this sandbox has no certificate authority of its own")
		return
	}
	w.Header().Set("Content-Type", "application/x-pem-file")
	_, _ = w.Write(s.caPEM) // a reader who went away is no error of ours
}

// adminSetFaults takes one fault, a list of them, or {"faults": [...]}, and replaces what
// was switched on.
func (s *Server) adminSetFaults(w http.ResponseWriter, r *http.Request) {
	var raw json.RawMessage
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, largestAdmin)).Decode(&raw); err != nil {
		writeError(w, http.StatusBadRequest, "body: "+err.Error())
		return
	}
	list, err := readFaults(raw)
	if err == nil {
		err = s.SetFaults(list...)
	}
	if err != nil {
		writeError(w, http.StatusBadRequest, err.Error())
		return
	}
	s.writeFaults(w)
}

func readFaults(raw json.RawMessage) ([]Fault, error) {
	var list []Fault
	if raw[0] == '[' {
		return list, decodeStrict(raw, &list)
	}
	var wrapped struct {
		Faults *[]Fault `json:"faults"`
		Fault
	}
	if err := decodeStrict(raw, &wrapped); err != nil {
		return nil, err
	}
	if wrapped.Faults != nil {
		return *wrapped.Faults, nil
	}
	return []Fault{wrapped.Fault}, nil
}

func (s *Server) writeFaults(w http.ResponseWriter) {
	writeJSON(w, http.StatusOK, map[string]any{"faults": s.Faults()})
}

// adminWorld streams the conversations of a window as JSON lines; the last line is
// {"count":…,"messages":…}. With ids=false only that line comes; with known, the time of a
// search, the world is told as that search knew it.
func (s *Server) adminWorld(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	win := Window{Basis: Basis(q.Get("basis")), Status: q.Get("status")}
	var err error
	if win.From, err = strconv.ParseInt(q.Get("from"), 10, 64); err == nil {
		win.To, err = strconv.ParseInt(q.Get("to"), 10, 64)
	}
	if err == nil && q.Has("known") {
		win.Known, err = strconv.ParseInt(q.Get("known"), 10, 64)
	}
	if err != nil {
		writeError(w, http.StatusBadRequest, "from, to and known: must be epoch milliseconds")
		return
	}
	all, err := s.World().Conversations(r.PathValue("account"), win)
	if err != nil {
		writeError(w, http.StatusBadRequest, err.Error())
		return
	}
	w.Header().Set("Content-Type", "application/x-ndjson")
	out := bufio.NewWriter(w)
	lines := json.NewEncoder(out)
	count, messages := 0, 0
	for c := range all {
		count++
		messages += c.Messages
		if q.Get("ids") == "false" {
			continue
		}
		if err := lines.Encode(c); err != nil {
			return // the reader went away
		}
	}
	_, _ = fmt.Fprintf(out, "{\"count\":%d,\"messages\":%d}\n", count, messages)
	_ = out.Flush()
}
