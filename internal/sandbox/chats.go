package sandbox

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"transporter/internal/sandbox/history"
)

// chatMonths is the longest interval that a search of chats may span.
const chatMonths = 1

// chatSearch is POST …/interactions/search of the Engagement History API: engagements that
// have ended, whole when one is asked for by its id.
func (s *Server) chatSearch(w http.ResponseWriter, r *http.Request) {
	body, p, ok := s.historyRequest(w, r, parseChatPage)
	if !ok {
		return
	}
	q, err := parseChats(body, s.now())
	if err == nil {
		q.Sort, err = chatSorts(r.URL.Query())
	}
	if err != nil {
		writeError(w, http.StatusBadRequest, err.Error())
		return
	}
	s.writePage(w, r, p, "interactionHistoryRecords", tenantOf(r).chats.Chats(q, s.now()), history.View{Whole: q.EngagementID != ""})
}

// chatBody is the body of a search of chats; see searchBody for what is refused.
type chatBody struct {
	Start            *bounds  `json:"start"`
	Ended            *bool    `json:"ended"`
	Interactive      *bool    `json:"interactive"`
	SkillIDs         []number `json:"skillIds"`
	AgentIDs         []number `json:"agentIds"`
	AgentGroupIDs    []number `json:"agentGroupIds"`
	Duration         *bounds  `json:"duration"`
	ChatMCS          *bounds  `json:"chatMCS"`
	AlertedMCSValues []number `json:"alertedMcsValues"`
	Visitor          string   `json:"visitor"`
	EngagementID     string   `json:"engagementId"`
}

// parseChats reads a body; every error names the field.
func parseChats(raw []byte, now int64) (*history.ChatQuery, error) {
	var b chatBody
	if err := decodeStrict(raw, &b); err != nil {
		return nil, err
	}
	if b.Start == nil {
		return nil, fmt.Errorf("start: is required")
	}
	start, err := b.Start.interval(now, chatMonths)
	switch {
	case err != nil:
		return nil, fmt.Errorf("start: %w", err)
	case b.Interactive != nil && !*b.Interactive:
		return nil, fmt.Errorf("interactive: only true is supported")
	case b.Ended != nil && !*b.Ended:
		return nil, fmt.Errorf("ended: only chats that have ended are kept")
	case b.Duration != nil && (b.Duration.From == nil || b.Duration.To == nil):
		return nil, fmt.Errorf("duration: from and to are required")
	}
	return &history.ChatQuery{
		Start: start, Duration: b.Duration.span(0, 0), MCS: b.ChatMCS.span(0, 100), Interactive: b.Interactive != nil,
		Skills: ids(b.SkillIDs), Agents: ids(b.AgentIDs), Groups: ids(b.AgentGroupIDs), AlertedMCS: ids(b.AlertedMCSValues),
		Visitor: b.Visitor, EngagementID: b.EngagementID,
	}, nil
}

// chatSorts reads "start:asc,duration:desc"; the published text also writes des.
func chatSorts(v url.Values) (list []history.ChatSort, err error) {
	if v.Get("sort") == "" {
		return nil, nil
	}
	for one := range strings.SplitSeq(v.Get("sort"), ",") {
		field, order, _ := strings.Cut(one, ":")
		if history.ChatFields[field] == nil || order != "asc" && order != "desc" && order != "des" {
			return nil, fmt.Errorf("sort: %q must be a field with :asc or :desc", one)
		}
		list = append(list, history.ChatSort{Field: field, Desc: order != "asc"})
	}
	return list, nil
}

// parseChatPage checks the query string but for the sort.
func parseChatPage(v url.Values) (page, error) {
	own := url.Values{}
	for name, values := range v {
		if name != "sort" {
			own[name] = values
		}
	}
	return parsePage(own)
}
