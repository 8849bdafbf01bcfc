package sandbox

import (
	"net/http"
	"strings"

	"transporter/internal/sandbox/history"
	"transporter/internal/sandbox/live"
)

// liveHistoryRoutes serves the consumer's own history.
func (s *Server) liveHistoryRoutes(mux *http.ServeMux) {
	mux.Handle("GET /messaging_history/api/account/{account}/conversations/conversation/content/search",
		s.ofAccount(s.capped(s.faulty(http.HandlerFunc(s.consumerHistory)))))
}

// consumerHistory takes the consumer's own token, also as a bearer.
func (s *Server) consumerHistory(w http.ResponseWriter, r *http.Request) {
	account := r.PathValue("account")
	claims, err := s.tokens.VerifyConsumer(account, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
	if err != nil {
		writeConnectorError(w, http.StatusUnauthorized, codeConsumerInvalid, "Invalid ConsumerJWS", "ConsumerJWS is invalid")
		return
	}
	list, err := s.talks.ConsumerHistory(live.Caller{Account: account, Consumer: claims.Consumer}, r.URL.Query().Get("conversationId"))
	if err != nil {
		refuseConversation(w, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"messageEventRecords": list})
}

// conversationHits finds a conversation of the account's history, or one that an app holds.
func (s *Server) conversationHits(t *tenant, id string) history.Hits {
	if hits := s.talks.History(t.account.ID, id); hits.Len() > 0 {
		return hits
	}
	return t.history.Conversation(id, s.now())
}

// consumerHits finds the conversations of a consumer, who is either an app's or one of the account's
// history.
func (s *Server) consumerHits(t *tenant, consumer string, states []string) history.Hits {
	if hits := s.talks.HistoryOf(t.account.ID, consumer, states); hits.Len() > 0 {
		return hits
	}
	return t.history.Consumer(consumer, states, s.now())
}
