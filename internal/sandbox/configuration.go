package sandbox

import (
	"net/http"
	"strconv"
	"strings"

	"transporter/internal/sandbox/listing"
)

// lists is an account's configuration at a moment, with one revision per list.
type lists interface {
	List(name string, now int64) (entities []listing.Entity, revision int64, ok bool)
}

// The versions of the configuration API: 4.0 is the latest documented, 6.0 is seen.
const (
	leastVersion = 1.0
	mostVersion  = 6.0
)

// anyRevision in If-Match always gets the whole list.
const anyRevision = "-1"

// configurationList is GET …/le-users/{list}: a bare array, never paged; 304 when If-Match
// is the current revision.
func (s *Server) configurationList(w http.ResponseWriter, r *http.Request) {
	entities, revision, ok := s.configurationRequest(w, r)
	if !ok {
		return
	}
	if match := r.Header.Get("If-Match"); match != anyRevision && match == strconv.FormatInt(revision, 10) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	names, all := listing.Selection(r.PathValue("list"), r.URL.Query().Get("select"))
	deleted := r.URL.Query().Get("include_deleted") == "true"
	body, n := []byte{'['}, 0
	for i := range entities {
		if entities[i].Deleted && !deleted {
			continue
		}
		if n > 0 {
			body = append(body, ',')
		}
		n++
		body = entities[i].Append(body, names, all)
	}
	writeBody(w, http.StatusOK, append(body, ']'))
}

// configurationOne is GET …/le-users/{list}/{id}.
func (s *Server) configurationOne(w http.ResponseWriter, r *http.Request) {
	entities, _, ok := s.configurationRequest(w, r)
	if !ok {
		return
	}
	selection := r.URL.Query().Get("select")
	if selection == "" {
		selection = "$all"
	}
	names, all := listing.Selection(r.PathValue("list"), selection)
	for i := range entities {
		e := &entities[i]
		if e.ID == r.PathValue("id") && (!e.Deleted || r.URL.Query().Get("include_deleted") == "true") {
			writeBody(w, http.StatusOK, e.Append(nil, names, all))
			return
		}
	}
	writeError(w, http.StatusNotFound, "id: "+r.PathValue("id")+" does not exist")
}

// configurationRequest checks what both share and sends the revision headers.
func (s *Server) configurationRequest(w http.ResponseWriter, r *http.Request) ([]listing.Entity, int64, bool) {
	if r.Method != http.MethodGet {
		w.Header().Set("Allow", http.MethodGet)
		writeError(w, http.StatusMethodNotAllowed, "method: must be GET")
		return nil, 0, false
	}
	q := r.URL.Query()
	if v, err := strconv.ParseFloat(q.Get("v"), 64); err != nil || v < leastVersion || v > mostVersion {
		writeError(w, http.StatusBadRequest, "v: is required and must be a version from 1.0 to 6.0")
		return nil, 0, false
	}
	if d := q.Get("include_deleted"); d != "" && d != "true" && d != "false" {
		writeError(w, http.StatusBadRequest, "include_deleted: must be true or false")
		return nil, 0, false
	}
	name := r.PathValue("list")
	entities, revision, ok := tenantOf(r).lists.List(name, s.now())
	if !ok || strings.Contains(r.URL.Path, "/le-agents/") != (name == listing.StatusReasons) {
		writeError(w, http.StatusNotFound, "there is no list "+name)
		return nil, 0, false
	}
	rev := strconv.FormatInt(revision, 10)
	w.Header().Set("ac-revision", rev)
	w.Header().Set("ETag", rev)
	return entities, revision, true
}
