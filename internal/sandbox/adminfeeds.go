package sandbox

import (
	"fmt"
	"io"
	"net/http"
	"time"

	"transporter/internal/sandbox/feeds"
)

// adminFeedRoutes play scenarios of feeds into the bucket, and tell what a reader must end with.
func (s *Server) adminFeedRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /_admin/feeds", s.withFeeds(func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, map[string]any{"scenarios": s.config.Feeds.Scenes()})
	}))
	mux.HandleFunc("POST /_admin/feeds/scenarios/{name}/next", s.withFeeds(s.adminNextStep))
	mux.HandleFunc("POST /_admin/feeds/scenarios/{name}/run", s.withFeeds(s.adminAllSteps))
	mux.HandleFunc("POST /_admin/feeds/fill", s.withFeeds(s.adminFill))
	mux.HandleFunc("PUT /_admin/feeds/key", s.withFeeds(s.adminFeedKey))
	mux.HandleFunc("GET /_admin/feeds/scenarios/{name}/truth/{table}", s.withFeeds(s.adminTruth))
	mux.HandleFunc("GET /_admin/feeds/truth/{table}", s.withFeeds(s.adminTruth))
	mux.HandleFunc("GET /_admin/exporter/truth/{table}", s.adminTruth)
	mux.HandleFunc("POST /_admin/feeds/credentials", s.adminCredential)
}

// withFeeds refuses where there is no bucket.
func (s *Server) withFeeds(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if s.config.Feeds == nil {
			writeError(w, http.StatusNotFound, "feeds: there is no bucket; start the sandbox with --feeds-s3-endpoint and --feeds-bucket")
			return
		}
		next(w, r)
	}
}

func (s *Server) adminNextStep(w http.ResponseWriter, r *http.Request) {
	scene, err := s.config.Feeds.Next(r.Context(), r.PathValue("name"))
	writeScene(w, scene, err)
}

func (s *Server) adminAllSteps(w http.ResponseWriter, r *http.Request) {
	scene, err := s.config.Feeds.Run(r.Context(), r.PathValue("name"))
	writeScene(w, scene, err)
}

// writeScene answers with how far a scenario is.
func writeScene(w http.ResponseWriter, scene feeds.Scene, err error) {
	if err != nil {
		writeError(w, http.StatusBadRequest, err.Error())
		return
	}
	writeJSON(w, http.StatusOK, scene)
}

// adminFill exports days at the bucket's root.
func (s *Server) adminFill(w http.ResponseWriter, r *http.Request) {
	var f feeds.Filling
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, largestAdmin))
	if err == nil {
		err = decodeStrict(raw, &f)
	}
	if err == nil {
		err = s.config.Feeds.Fill(r.Context(), f)
	}
	if err != nil {
		writeError(w, http.StatusBadRequest, "fill: "+err.Error())
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// adminFeedKey takes the armored public key that scenarios encrypt to.
func (s *Server) adminFeedKey(w http.ResponseWriter, r *http.Request) {
	key, err := io.ReadAll(http.MaxBytesReader(w, r.Body, largestAdmin))
	if err != nil {
		writeError(w, http.StatusBadRequest, "key: "+err.Error())
		return
	}
	s.config.Feeds.SetKey(string(key))
	w.WriteHeader(http.StatusNoContent)
}

// adminTruth streams the latest rows of a table as JSON lines: of a scenario, of what is exported at the
// root, or of the File Exporter API.
func (s *Server) adminTruth(w http.ResponseWriter, r *http.Request) {
	q, err := questionOf(r)
	var rows []feeds.Row
	switch name := r.PathValue("name"); {
	case err != nil:
	case name != "":
		rows, err = s.config.Feeds.Truth(name, q)
	case r.URL.Path == "/_admin/exporter/truth/"+q.Table:
		rows, err = s.exporter.Truth(q)
	default:
		rows, err = s.config.Feeds.Export().Truth(q)
	}
	if err != nil {
		writeError(w, http.StatusBadRequest, err.Error())
		return
	}
	w.Header().Set("Content-Type", "application/x-ndjson")
	_ = feeds.WriteTruth(w, rows) // a reader who went away is no error of ours
}

// questionOf reads mode, key, order, version, from and through.
func questionOf(r *http.Request) (q feeds.Question, err error) {
	v := r.URL.Query()
	q = feeds.Question{Table: r.PathValue("table"), Version: v.Get("version"), Mode: feeds.Mode(v.Get("mode")), Key: v["key"], Order: v["order"]}
	for name, at := range map[string]*time.Time{"from": &q.From, "through": &q.Through} {
		if text := v.Get(name); text != "" {
			if *at, err = time.Parse(time.RFC3339, text); err != nil {
				return q, fmt.Errorf("%s: %q must be RFC 3339, like 2026-11-20T12:00:00Z", name, text)
			}
		}
	}
	return q, nil
}
