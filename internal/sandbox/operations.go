package sandbox

import "net/http"

// operationsRoutes serves the Messaging Operations, Operational Realtime and Agent Metrics APIs,
// numbers of the last 24 hours, and the Net Handle Time API: all counted from the same
// conversations that the histories show.
func (s *Server) operationsRoutes(mux *http.ServeMux) {
	const base = "/operations/api/account/{account}/"
	for name, method := range map[string]http.HandlerFunc{
		"msgqueuehealth":          s.live(parseQueueHealth, answerQueueHealth),
		"msgqueuehealth/current/": s.live(parseCurrent, answerCurrent),
		"msgconversation":         s.live(parseRounded, answerConversations),
		"msgcsatdistribution":     s.live(parseRounded, answerCSAT),
		"msgskillsegments":        s.live(parseUnrounded, answerSkillSegments),
		"msgagentsegments":        s.live(parseUnrounded, answerAgentSegments),
		"queuehealth":             s.live(parseRounded, answerChatQueue),
		"queuestate":              s.live(parseIDsOnly, answerChatState),
		"engactivity":             s.live(parseRounded, answerEngagements),
		"agentactivity":           s.live(parseAgentActivity, answerAgentActivity),
		"sla":                     s.live(parseHistogram, answerHistogram),
	} {
		s.service(mux, ServiceOperations, base+name, method)
	}
	s.service(mux, ServiceOperations, base+"nht", s.netHandleTime)
	s.service(mux, ServiceHistory, "/messaging_history/api/account/{account}/agent-view/status", s.agentStatus)
	s.service(mux, ServiceManager, "/messaging_history/api/account/{account}/agent-view/summary", s.agentSummary)
	s.service(mux, ServiceWaits, "/lp-messaging-ewt-app/api/account/{account}/ewt", s.live(parseWaits, answerWaits))
}
