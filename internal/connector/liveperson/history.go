package liveperson

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"

	"transporter/internal/connector"
	"transporter/internal/conversation"
	"transporter/internal/fault"
	"transporter/internal/lenient"
	"transporter/internal/source"
	"transporter/internal/source/access"
)

// historyResource is whose credentials the history takes.
const historyResource = "messaging_interactions"

const (
	titleHistory = "Messaging Interactions API"
	statusOpen   = "OPEN"
	statusClosed = "CLOSE"
	// newest bounds how many conversations of a consumer are looked through; it is one page.
	newest = 100
	// caller tells the platform who asks; the API wants to know.
	caller = "transporter"
)

// historyContent is what is asked for of a conversation.
var historyContent = []string{
	"messageRecords", "messageStatuses", "agentParticipants", "agentParticipantsActive", "consumerParticipants",
	"transfers", "dialogs", "responseTime",
}

// History implements connector.Platform, with the source's API key or login. What has happened
// within the last minute may be missing yet ("Messaging Interactions API": freshness).
func (c *Client) History(ctx context.Context, _ connector.Consumer, id string) ([]conversation.Event, error) {
	records, err := c.search(ctx, "conversation", map[string]any{"conversationId": id, "contentToRetrieve": historyContent}, 1)
	if err != nil {
		return nil, err
	}
	for _, raw := range records {
		var r record
		lenient.Into(raw, &r)
		if r.Info.ConversationID == id {
			return append(r.numbered(id), r.details(raw)), nil
		}
	}
	return nil, fault.New(fault.NotFound, "%s: it does not know the conversation yet", titleHistory)
}

// Opened implements connector.Platform, as fresh as History.
func (c *Client) Opened(ctx context.Context, who connector.Consumer, from, to int64) (id, participant string, err error) {
	consumer, err := c.consumerToken(ctx, who.ID)
	if err != nil {
		return "", "", err
	}
	records, err := c.search(ctx, "consumer", map[string]any{
		"consumer": consumer.participant, "status": []string{statusOpen, statusClosed}, "contentToRetrieve": []string{},
	}, newest)
	if err != nil {
		return "", "", err
	}
	var last info
	for _, raw := range records {
		var r record
		lenient.Into(raw, &r)
		if started := r.Info.StartTimeL.Or(0); started >= from && started <= to && started >= last.StartTimeL.Or(0) {
			last = r.Info
		}
	}
	return last.ConversationID, consumer.participant, nil
}

// search asks the history by a conversation or a consumer, newest first. A partial answer is an
// error: what it leaves out would look as if it had not happened.
func (c *Client) search(ctx context.Context, by string, body map[string]any, limit int) ([]json.RawMessage, error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	answer, err := c.config.Account.Call(ctx, source.Call{
		Service: "msgHist", Title: titleHistory, Permission: "category Data, Messaging Interactions", Takes: access.Takes(historyResource),
		Method: http.MethodPost, Path: "/messaging_history/api/account/{account}/conversations/" + by + "/search", Body: raw,
		Query: url.Values{"offset": {"0"}, "limit": {strconv.Itoa(limit)}, "sort": {"start:desc"}, "source": {caller}},
	})
	if err != nil || answer.Body == nil { // 204: nothing matches
		return nil, err
	}
	var page struct {
		Metadata struct {
			Shards struct {
				Partial bool `json:"partialResult"`
			} `json:"shardsStatusResult"`
		} `json:"_metadata"`
		Records []json.RawMessage `json:"conversationHistoryRecords"`
	}
	if err := json.Unmarshal(answer.Body, &page); err != nil {
		return nil, fault.New(fault.Upstream, "%s: the answer is not what it should be", titleHistory)
	}
	if page.Metadata.Shards.Partial {
		return nil, fault.New(fault.PartialData, "%s: parts of the search are down", titleHistory)
	}
	return page.Records, nil
}

// details returns the state that a record tells. It says nothing of when the state was last told;
// the last of its times is when it last changed, as far as they say.
func (r record) details(raw json.RawMessage) conversation.Event {
	s := &conversation.Snapshot{
		Updated: r.changed(), State: defined(r.Info.Status), Stage: cmp.Or(defined(r.Info.FullDialogStatus), defined(r.Info.Status)),
		Skill: defined(r.Info.LatestSkillID), Brand: defined(r.Info.BrandID), Started: r.Info.StartTimeL.Or(0),
		Ended: max(r.Info.EndTimeL.Or(0), 0), Due: r.ResponseTime.Due.Or(0), Participants: r.participants(),
	}
	if s.State != statusOpen {
		s.CloseReason = defined(r.Info.CloseReason)
	}
	for _, d := range r.Dialogs {
		s.Dialogs = append(s.Dialogs, conversation.Dialog{
			ID: defined(d.DialogID), Type: defined(d.DialogType), State: defined(d.Status), Created: d.StartTimeL.Or(0),
			Ended: max(d.EndTimeL.Or(0), 0), ClosedBy: defined(d.CloseReason), ClosedCause: defined(d.CloseReasonDescription),
		})
	}
	var parts map[string]json.RawMessage
	lenient.Into(raw, &parts)
	return conversation.Event{
		Key: conversation.DetailsKey(s.Updated), Kind: conversation.Details, Sequence: conversation.Unnumbered,
		At: s.Updated, Via: conversation.ViaHistory, Body: parts["info"], State: s,
	}
}

// changed returns the last of the times at which the state changed.
func (r record) changed() int64 {
	last := max(r.Info.StartTimeL.Or(0), r.Info.EndTimeL.Or(0), r.Info.ConversationEndTimeL.Or(0), r.Info.FullDialogEndTimeL.Or(0))
	for _, d := range r.Dialogs {
		last = max(last, d.StartTimeL.Or(0), d.EndTimeL.Or(0))
	}
	for _, list := range []lenient.List[moment]{r.Transfers, r.AgentParticipants} {
		for _, m := range list {
			last = max(last, m.TimeL.Or(0))
		}
	}
	return last
}

// participants returns the consumer and the agents who are there.
func (r record) participants() (all []conversation.Participant) {
	for _, p := range append(r.ConsumerParticipants, r.ConsumerParticipant...) {
		all = append(all, conversation.Participant{ID: defined(p.ParticipantID), Role: conversation.RoleConsumer})
	}
	for _, a := range r.AgentParticipantsActive {
		all = append(all, conversation.Participant{ID: cmp.Or(defined(a.AgentPid), defined(a.AgentID)), Role: cmp.Or(defined(a.Permission), defined(a.Role))})
	}
	return all
}
