package liveperson

import (
	"context"
	"encoding/json"

	"transporter/internal/connector"
	"transporter/internal/conversation"
	"transporter/internal/fault"
	"transporter/internal/lenient"
)

// Paths and version of the Send API; another version is 404.
const (
	pathOpen    = "/api/account/{account}/messaging/consumer/conversation"
	pathSend    = pathOpen + "/send"
	versionSend = "3"
	titleSend   = "Send API"
)

// request is the envelope of everything that is sent. Metadata stands beside the body.
type request struct {
	Kind     string          `json:"kind"`
	ID       string          `json:"id"` // repeated in the answer; each is alone in its exchange
	Type     string          `json:"type"`
	Body     any             `json:"body"`
	Metadata json.RawMessage `json:"metadata,omitempty"`
}

// response is the answer to one request.
type response struct {
	Code lenient.Text    `json:"code"` // OK; 200 where the socket's form shines through
	Body json.RawMessage `json:"body"`
}

// decode reads the body of an answer that says OK.
func (r response) decode(into any) error {
	if r.Code != "OK" && r.Code != "200" {
		return fault.New(fault.InvalidSpec, "%s: it answers %.40q", titleSend, r.Code)
	}
	lenient.Into(r.Body, into)
	return nil
}

// opening is the body of cm.ConsumerRequestConversation.
type opening struct {
	TTRDefName          string          `json:"ttrDefName,omitempty"`
	CampaignInfo        *campaign       `json:"campaignInfo,omitempty"`
	ConversationContext json.RawMessage `json:"conversationContext,omitempty"`
	ChannelType         string          `json:"channelType"`
	BrandID             string          `json:"brandId"`
	SkillID             string          `json:"skillId,omitempty"`
}

type campaign struct {
	CampaignID   string `json:"campaignId"`
	EngagementID string `json:"engagementId"`
}

// Open implements connector.Platform.
func (c *Client) Open(ctx context.Context, who connector.Consumer, o connector.Opening) (id, participant string, err error) {
	consumer, err := c.consumerToken(ctx, who.ID)
	if err != nil {
		return "", "", err
	}
	body, err := json.Marshal(c.opening(o))
	if err != nil {
		return "", "", fault.New(fault.InvalidSpec, "context or profile is no JSON").WithFix("give them as the platform takes them")
	}
	var answers []response
	r := call{service: serviceSend, title: titleSend, path: pathOpen, version: versionSend, body: body}
	if err := c.onBehalf(ctx, who, r, &answers); err != nil {
		return "", "", err
	}
	var opened struct {
		ID string `json:"conversationId"`
	}
	if len(answers) == 2 { // in the order of the requests
		if err := answers[1].decode(&opened); err != nil {
			return "", "", err
		}
	}
	if opened.ID == "" {
		return "", "", connector.Unsure(fault.New(fault.Upstream, "%s: the answer names no conversation", titleSend))
	}
	return opened.ID, consumer.participant, nil
}

// opening returns the two requests that open a conversation: who the consumer is, and what for.
func (c *Client) opening(o connector.Opening) []request {
	profile := o.Profile
	if profile == nil {
		profile = json.RawMessage("{}")
	}
	body := opening{
		TTRDefName: o.Urgency, ConversationContext: o.Context, ChannelType: "MESSAGING",
		BrandID: c.config.PlatformAccount, SkillID: o.Skill,
	}
	if o.Campaign != "" || o.Engagement != "" {
		body.CampaignInfo = &campaign{CampaignID: o.Campaign, EngagementID: o.Engagement}
	}
	return []request{
		{Kind: "req", ID: "1", Type: "userprofile.SetUserProfile", Body: profile},
		{Kind: "req", ID: "2", Type: "cm.ConsumerRequestConversation", Body: body},
	}
}

// Publish implements connector.Platform.
func (c *Client) Publish(ctx context.Context, who connector.Consumer, at connector.Place, event, metadata json.RawMessage) (int, error) {
	answer, err := c.request(ctx, who, "ms.PublishEvent", map[string]any{
		"dialogId": at.Dialog, "conversationId": at.Conversation, "event": event,
	}, metadata)
	if err != nil {
		return 0, err
	}
	var published struct {
		Sequence lenient.Integer `json:"sequence"`
	}
	if err := answer.decode(&published); err != nil {
		return 0, err
	}
	var kind struct {
		Type string `json:"type"`
	}
	if lenient.Into(event, &kind); kind.Type == "ChatStateEvent" {
		return conversation.Unnumbered, nil // the answer says 0
	}
	if published.Sequence.Value == nil {
		return 0, connector.Unsure(fault.New(fault.Upstream, "%s: the answer has no sequence", titleSend))
	}
	return int(*published.Sequence.Value), nil
}

// Change implements connector.Platform.
func (c *Client) Change(ctx context.Context, who connector.Consumer, at connector.Place, field json.RawMessage) error {
	answer, err := c.request(ctx, who, "cm.UpdateConversationField", map[string]any{
		"conversationId": at.Conversation, "conversationField": field,
	}, nil)
	if err != nil {
		return err
	}
	return answer.decode(&struct{}{})
}

// request sends one request to the send endpoint.
func (c *Client) request(ctx context.Context, who connector.Consumer, kind string, body map[string]any, metadata json.RawMessage) (answer response, err error) {
	raw, err := json.Marshal(request{Kind: "req", ID: "1", Type: kind, Body: body, Metadata: metadata})
	if err != nil {
		return answer, fault.New(fault.InvalidSpec, "%s: the event is no JSON", titleSend).WithField("event")
	}
	err = c.onBehalf(ctx, who, call{service: serviceSend, title: titleSend, path: pathSend, version: versionSend, body: raw}, &answer)
	return answer, err
}
