package sandbox

import (
	"errors"
	"net/http"
	"strconv"

	"transporter/internal/sandbox/live"
)

// Codes of the Connector API's errors. The published table knows those that do not end in 00, which
// are made up after its pattern.
const (
	codeInvalid         = 40000
	codeMissing         = 40001
	codeAppInvalid      = 40102
	codeConsumerInvalid = 40103
	codeConsumerMissing = 40104
	codeAppMissing      = 40105
	codeBusy            = 42900
	codeServerError     = 50000
	codeBadGateway      = 50201
	codeUnavailable     = 50300
)

// connectorError is the body of the Connector API's errors.
type connectorError struct {
	Kind  string             `json:"kind"`
	ReqID string             `json:"reqId,omitempty"` // of the request's trace, from the unified errors
	Code  int                `json:"code"`
	Body  connectorErrorBody `json:"body"`
	Type  string             `json:"type"`
}

type connectorErrorBody struct {
	Title     string `json:"title"`
	Details   string `json:"details"`
	ErrorCode int    `json:"errorCode"`
}

func writeConnectorError(w http.ResponseWriter, status, code int, title, details string) {
	e := connectorError{Kind: "resp", Code: status, Body: connectorErrorBody{title, details, code}, Type: ".ReqBody$ErrorResp"}
	if status >= http.StatusInternalServerError {
		e.ReqID = unifiedTrace
	}
	writeJSON(w, status, e)
}

// unifiedTrace stands for the id of a request's trace; nothing can be looked up by it.
const unifiedTrace = "00000000-0000-4000-8000-000000000000-0"

// refuseConversation answers what the engine refused.
func refuseConversation(w http.ResponseWriter, err error) {
	switch {
	case errors.Is(err, live.ErrForeign):
		writeConnectorError(w, http.StatusUnauthorized, codeConsumerInvalid, "Invalid ConsumerJWS", "the conversation is another consumer's")
	case errors.Is(err, live.ErrClosed):
		writeConnectorError(w, http.StatusBadRequest, codeInvalid, "Conversation is closed", err.Error())
	default:
		writeConnectorError(w, http.StatusBadRequest, codeInvalid, "Bad request", err.Error())
	}
}

func writeConnectorBusy(w http.ResponseWriter) {
	writeConnectorError(w, http.StatusTooManyRequests, codeBusy, "Too many requests", "too many concurrent requests")
}

// refuseConnector is refuse in the Connector API's words.
func (h *hit) refuseConnector(w http.ResponseWriter) bool {
	if h.RetryAfter != nil {
		w.Header().Set("Retry-After", strconv.Itoa(*h.RetryAfter))
	}
	switch h.Kind {
	case TooManyRequests:
		writeConnectorBusy(w)
	case ServerError:
		writeConnectorError(w, http.StatusInternalServerError, codeServerError, "Internal server error", "the request could not be processed")
	case BadGateway:
		writeConnectorError(w, http.StatusBadGateway, codeBadGateway, "Unable to access resource", "Failed to connect to AC for setting delay")
	case Unavailable:
		writeConnectorError(w, http.StatusServiceUnavailable, codeUnavailable, "Service unavailable", "the service is temporarily unavailable")
	case Unauthorized:
		writeConnectorError(w, http.StatusUnauthorized, codeAppInvalid, "Invalid AppJWT", "AppJWT has expired or is invalid")
	case Closed:
		refuseConversation(w, live.ErrClosed)
	default:
		return false
	}
	return true
}
