package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"transporter/internal/sandbox/live"
)

// versionSend is the only one of the Send API.
const versionSend = "3"

// conversationRoutes serves the Send API.
func (s *Server) conversationRoutes(mux *http.ServeMux) {
	s.connector(mux, "POST /api/account/{account}/messaging/consumer/conversation", versionSend, s.openConversation)
	s.connector(mux, "POST /api/account/{account}/messaging/consumer/conversation/send", versionSend, s.send)
}

// openingBody is that of a cm.ConsumerRequestConversation.
type openingBody struct {
	Brand    string          `json:"brandId"`
	Channel  string          `json:"channelType"`
	TTR      string          `json:"ttrDefName"`
	Skill    live.Text       `json:"skillId"`
	Campaign json.RawMessage `json:"campaignInfo"`
	Context  json.RawMessage `json:"conversationContext"`
}

// openConversation takes a batch: the consumer's profile and then a conversation, or several. It is
// done whole or not at all, and answered in its order.
func (s *Server) openConversation(w http.ResponseWriter, r *http.Request) {
	by, ok := s.callerOf(w, r)
	var batch []connectorRequest
	if !ok || !readConnector(w, r, &batch) {
		return
	}
	bodies, err := checkBatch(batch)
	if err != nil {
		badRequest(w, err)
		return
	}
	for _, b := range bodies {
		if b.Brand == "" {
			writeConnectorError(w, http.StatusBadRequest, codeMissing, "Missing parameter", "Brand Id is missing")
			return
		}
		if err := b.check(by.Account); err != nil {
			badRequest(w, err)
			return
		}
	}
	s.talks.SetProfile(by, batch[0].Body)
	answers := []connectorResponse{okTo(&batch[0], profileSet)}
	for i, b := range bodies {
		as := by
		as.Features = slices.Concat(by.Features, b.features())
		id, err := s.talks.Open(as, b.opening())
		if err != nil {
			refuseConversation(w, err)
			return
		}
		answers = append(answers, okTo(&batch[i+1], map[string]string{"conversationId": id}))
	}
	writeJSON(w, http.StatusOK, answers)
}

var profileSet = message{"OK User Profile set successfully"}

// checkBatch returns the bodies of the conversations that a batch asks for.
func checkBatch(batch []connectorRequest) ([]openingBody, error) {
	if len(batch) < 2 || batch[0].Type != requestProfile {
		return nil, fmt.Errorf("the batch must be a %s and then a %s", requestProfile, requestOpen)
	}
	bodies := make([]openingBody, len(batch)-1)
	for i := range batch {
		if err := batch[i].check(); err != nil {
			return nil, fmt.Errorf("[%d].%w", i, err)
		}
		if i == 0 {
			continue
		}
		if batch[i].Type != requestOpen {
			return nil, fmt.Errorf("[%d].type: %q must be %s", i, batch[i].Type, requestOpen)
		}
		if err := json.Unmarshal(batch[i].Body, &bodies[i-1]); err != nil {
			return nil, fmt.Errorf("[%d].body: %w", i, err)
		}
	}
	return bodies, nil
}

func (b *openingBody) check(account string) error {
	switch {
	case b.Brand != account:
		return fmt.Errorf("brandId: %q is not the account of the path", b.Brand)
	case b.Channel != "" && b.Channel != "MESSAGING":
		return errors.New("channelType: must be MESSAGING")
	}
	return b.opening().Check()
}

func (b *openingBody) opening() live.Opening {
	return live.Opening{TTRName: b.TTR, Skill: string(b.Skill), Campaign: b.Campaign, Context: b.Context}
}

// features are those that clients declare in the context, beside or instead of the header.
func (b *openingBody) features() []string {
	var c struct {
		Features []string `json:"features"`
		Client   struct {
			Features []string `json:"features"`
		} `json:"clientProperties"`
	}
	_ = json.Unmarshal(b.Context, &c) // a context of another form declares none
	return append(c.Features, c.Client.Features...)
}
