package sandbox

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"transporter/internal/sandbox/installs"
)

// Headers of the configuration API.
const (
	revisionHeader = "ac-revision"
	methodOverride = "X-HTTP-Method-Override"
)

// largestManifest bounds the body of an installation.
const largestManifest = 256 << 10

// installationRoutes serve app installations and the feature grants of an account, to users.
func (s *Server) installationRoutes(mux *http.ServeMux) {
	const path = "/api/account/{account}/configuration/app-install/installations"
	s.service(mux, ServiceInstallations, path, s.installationList)
	s.service(mux, ServiceInstallations, path+"/{id}", s.installationOne)
	s.service(mux, ServiceInstallations, "/api/account/{account}/configuration/provision/featureGrants", s.featureGrants)
}

// method is what the request wants: clients whose way knows only some methods name it in a header.
func method(r *http.Request) string {
	if over := r.Header.Get(methodOverride); over != "" && r.Method != http.MethodGet {
		return strings.ToUpper(over)
	}
	return r.Method
}

// installationList is GET, a bare array, and POST, which creates.
func (s *Server) installationList(w http.ResponseWriter, r *http.Request) {
	account := r.PathValue("account")
	switch {
	case !versionOne(w, r):
	case method(r) == http.MethodGet: // whatever body comes with it
		list, revision := s.installs.List(account, r.URL.Query().Get("include_deleted") == "true")
		writeRevised(w, http.StatusOK, revision, list)
	case method(r) == http.MethodPost:
		m, ok := readManifest(w, r)
		if !ok {
			return
		}
		one, revision, err := s.installs.Create(account, m)
		if err != nil {
			refuseInstallation(w, revision, err)
			return
		}
		writeRevised(w, http.StatusCreated, revision, one)
	default:
		refuseMethod(w, "GET, POST")
	}
}

// installationOne is GET, PUT, which replaces the manifest, and DELETE.
func (s *Server) installationOne(w http.ResponseWriter, r *http.Request) {
	account, id := r.PathValue("account"), r.PathValue("id")
	switch {
	case !versionOne(w, r):
	case method(r) == http.MethodGet:
		one, revision := s.installs.Get(account, id)
		if one == nil {
			refuseInstallation(w, revision, installs.ErrUnknown)
			return
		}
		writeRevised(w, http.StatusOK, revision, one)
	case method(r) == http.MethodPut:
		m, ok := readManifest(w, r)
		if !ok {
			return
		}
		one, revision, err := s.installs.Update(account, id, r.Header.Get("If-Match"), m)
		if err != nil {
			refuseInstallation(w, revision, err)
			return
		}
		writeRevised(w, http.StatusOK, revision, one)
	case method(r) == http.MethodDelete:
		revision, err := s.installs.Delete(account, id, r.Header.Get("If-Match"))
		if err != nil {
			refuseInstallation(w, revision, err)
			return
		}
		setRevision(w, revision)
		w.WriteHeader(http.StatusNoContent)
	default:
		refuseMethod(w, "GET, PUT, DELETE")
	}
}

// readManifest reads a body that must be JSON by its content type too: with the parameter
// charset=utf-8 at most, in any case and with any blanks.
func readManifest(w http.ResponseWriter, r *http.Request) (*installs.Manifest, bool) {
	kind, parameters, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	charset, named := parameters["charset"]
	if err != nil || kind != "application/json" || named && !strings.EqualFold(charset, "utf-8") || !named && len(parameters) > 0 || len(parameters) > 1 {
		writeError(w, http.StatusUnsupportedMediaType, "Content-Type: must be application/json or application/json;charset=utf-8")
		return nil, false
	}
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, largestManifest))
	if err != nil {
		writeError(w, http.StatusRequestEntityTooLarge, fmt.Sprintf("body: must have at most %d bytes", largestManifest))
		return nil, false
	}
	m, err := installs.ParseManifest(raw)
	if err != nil {
		writeError(w, http.StatusBadRequest, err.Error())
		return nil, false
	}
	return m, true
}

func refuseInstallation(w http.ResponseWriter, revision int64, err error) {
	setRevision(w, revision)
	status := http.StatusNotFound
	switch {
	case errors.Is(err, installs.ErrRevision):
		status = http.StatusPreconditionFailed
	case errors.Is(err, installs.ErrTaken):
		status = http.StatusConflict
	}
	writeError(w, status, err.Error())
}

func refuseMethod(w http.ResponseWriter, allowed string) {
	w.Header().Set("Allow", allowed)
	writeError(w, http.StatusMethodNotAllowed, "method: must be one of "+allowed)
}

// versionOne refuses requests of another version of the API.
func versionOne(w http.ResponseWriter, r *http.Request) bool {
	if r.URL.Query().Get("v") == "1.0" {
		return true
	}
	writeError(w, http.StatusBadRequest, "v: must be 1.0")
	return false
}

func writeRevised(w http.ResponseWriter, status int, revision int64, v any) {
	setRevision(w, revision)
	writeJSON(w, status, v)
}

func setRevision(w http.ResponseWriter, revision int64) {
	w.Header().Set(revisionHeader, strconv.FormatInt(revision, 10))
}
