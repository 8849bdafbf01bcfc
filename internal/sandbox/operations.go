package sandbox

import "net/http"

// operationsRoutes serves the Messaging Operations and Operational Realtime APIs: numbers of
// the last 24 hours, counted from the same conversations that the histories show.
func (s *Server) operationsRoutes(mux *http.ServeMux) {
	const base = "/operations/api/account/{account}/"
	for name, method := range map[string]http.HandlerFunc{
		"msgqueuehealth":  s.live(parseQueueHealth, answerQueueHealth),
		"msgconversation": s.live(parseRounded, answerConversations),
	} {
		s.service(mux, ServiceOperations, base+name, method)
	}
}
