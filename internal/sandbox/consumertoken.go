package sandbox

import (
	"encoding/json"
	"net/http"
)

// consumerRoutes serves the identity provider of consumers.
func (s *Server) consumerRoutes(mux *http.ServeMux) {
	s.connector(mux, "POST /api/account/{account}/consumer", "1.0", s.issueConsumer)
}

// issueConsumer answers 201 with the ConsumerJWS of the channel's consumer.
func (s *Server) issueConsumer(w http.ResponseWriter, r *http.Request) {
	if _, ok := s.appOf(w, r); !ok {
		return
	}
	var body struct {
		External string `json:"ext_consumer_id"`
	}
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, largestBody)).Decode(&body)
	if err != nil || body.External == "" {
		writeConnectorError(w, http.StatusBadRequest, codeMissing, "Missing parameter", "ext_consumer_id is missing")
		return
	}
	token, err := s.tokens.IssueConsumer(r.PathValue("account"), body.External)
	if err != nil {
		writeConnectorError(w, http.StatusInternalServerError, codeServerError, "Internal server error", "the token could not be signed")
		return
	}
	writeJSON(w, http.StatusCreated, map[string]string{"token": token})
}
