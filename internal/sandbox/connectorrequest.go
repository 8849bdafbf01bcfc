package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"transporter/internal/sandbox/live"
)

// Types of requests (Connector API, "Send API").
const (
	requestProfile  = "userprofile.SetUserProfile"
	requestOpen     = "cm.ConsumerRequestConversation"
	requestPublish  = "ms.PublishEvent"
	requestUpdate   = "cm.UpdateConversationField"
	requestUpload   = "ms.GenerateURLForUploadFile"
	requestDownload = "ms.GenerateURLForDownloadFile"
)

// connector adds a path of the Connector API. Any other version of it is 404.
func (s *Server) connector(mux *http.ServeMux, pattern, version string, h http.HandlerFunc) {
	mux.Handle(pattern, s.ofAccount(s.cappedAs(writeConnectorBusy, s.faultyAs((*hit).refuseConnector, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("v") != version {
			http.NotFound(w, r)
			return
		}
		h(w, r)
	})))))
}

// connectorRequest is the envelope of a request. Members that are not known are tolerated, as is
// a missing kind.
type connectorRequest struct {
	Kind     string          `json:"kind"`
	ID       live.Text       `json:"id"`
	Type     string          `json:"type"`
	Body     json.RawMessage `json:"body"`
	Metadata json.RawMessage `json:"metadata"`
}

// connectorResponse is the answer to one request.
type connectorResponse struct {
	ReqID string `json:"reqId"`
	Code  string `json:"code"`
	Body  any    `json:"body"`
}

func okTo(r *connectorRequest, body any) connectorResponse {
	return connectorResponse{ReqID: string(r.ID), Code: "OK", Body: body}
}

type message struct {
	Msg string `json:"msg"`
}

func (r *connectorRequest) check() error {
	switch {
	case r.Kind != "" && r.Kind != "req":
		return fmt.Errorf("kind: %q must be req", r.Kind)
	case r.ID == "":
		return errors.New("id: is required")
	case len(r.Body) == 0 || r.Body[0] != '{':
		return errors.New("body: must be an object")
	}
	return r.checkMetadata()
}

// longestMetadataID is the limit of ids in metadata.
const longestMetadataID = 64

func (r *connectorRequest) checkMetadata() error {
	if len(r.Metadata) == 0 {
		return nil
	}
	var list []struct {
		Type string    `json:"type"`
		ID   live.Text `json:"id"`
	}
	if err := json.Unmarshal(r.Metadata, &list); err != nil {
		return fmt.Errorf("metadata: must be a list of objects: %w", err)
	}
	for i, m := range list {
		if m.Type == "" || len(m.ID) > longestMetadataID {
			return fmt.Errorf("metadata[%d]: needs a type, and an id of at most %d characters", i, longestMetadataID)
		}
	}
	return nil
}

// readConnector decodes the body of a call; otherwise it has answered.
func readConnector(w http.ResponseWriter, r *http.Request, v any) bool {
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, largestBody)).Decode(v); err != nil {
		badRequest(w, err)
		return false
	}
	return true
}

func badRequest(w http.ResponseWriter, err error) {
	writeConnectorError(w, http.StatusBadRequest, codeInvalid, "Bad request", err.Error())
}
