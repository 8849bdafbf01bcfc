package httpapi

import (
	"context"
	"fmt"
	"net/http"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/seal"
	"transporter/internal/task"
)

// Notifications says who is told of runs.
type Notifications struct {
	When     string    `json:"when" enum:"none,failure,always" doc:"none; failure: when a window turns red or late, once, and when it is delivered after all; always: also of every green run. A task may say otherwise."`
	Emails   []string  `json:"emails,omitempty" doc:"Addresses; the worker needs a mail server (--smtp-addr)." example:"[\"wfm@example.com\"]"`
	Webhooks []Webhook `json:"webhooks,omitempty" doc:"Addresses that take signed requests."`
}

// Webhook takes notifications as HTTP requests.
type Webhook struct {
	URL    string  `json:"url" format:"uri" maxLength:"2000" doc:"It is sent a POST with a JSON body; redirects are not followed." example:"https://example.com/transporter"`
	Secret *Secret `json:"secret,omitempty" doc:"Signs X-Transporter-Signature: t={unix seconds},v1={hex HMAC-SHA256 of \"{t}.{body}\"}. Absent: the one that is stored for this address. Never returned."`
}

// InNotifications replaces them.
type InNotifications struct {
	InAccount
	Change
	Body Notifications
}

func (s *Server) notifications() {
	const at, tag = "/v1/accounts/{a}/notifications", "notifications"
	route(s, operation{Method: http.MethodGet, Path: at, ID: "get-notifications", Tag: tag, Summary: "Show who is told of runs", Errors: []int{404}}, s.getNotifications)
	route(s, operation{
		Method: http.MethodPut, Path: at, ID: "replace-notifications", Tag: tag, Summary: "Say who is told of runs",
		Doc: "A message that cannot be sent fails no run.", Errors: []int{400, 404, 409, 412, 413, 422},
	}, s.putNotifications)
}

func (s *Server) getNotifications(ctx context.Context, in *InAccount) (*Item[Notifications], error) {
	snap, err := s.snapshot(ctx, in.Account)
	if err != nil {
		return nil, err
	}
	n := Notifications{When: snap.Notify.When, Emails: snap.Notify.Emails}
	if n.When == "" {
		n.When = task.NotifyNone
	}
	for _, hook := range snap.Notify.Webhooks {
		n.Webhooks = append(n.Webhooks, Webhook{URL: hook.URL})
	}
	return &Item[Notifications]{ETag: etag(snap.Notify.Version), Body: n}, nil
}

func (s *Server) putNotifications(ctx context.Context, in *InNotifications) (*Item[Notifications], error) {
	snap, err := s.snapshot(ctx, in.Account)
	if err != nil {
		return nil, err
	}
	write, err := in.write()
	if err == nil && write.IdemKey == "" {
		err = checkVersion(write, snap.Notify.Version)
	}
	if err == nil {
		err = task.CheckAddresses("emails", in.Body.Emails)
	}
	if err != nil {
		return nil, err
	}
	n := account.Notifications{When: in.Body.When, Emails: in.Body.Emails}
	for i, hook := range in.Body.Webhooks {
		sealed, err := s.sealHook(snap.ID, fmt.Sprintf("webhooks[%d]", i), hook)
		if err != nil {
			return nil, err
		}
		n.Webhooks = append(n.Webhooks, sealed)
	}
	put := contract.PutNotificationsIn{Write: write, Notifications: n}
	if err := s.cfg.Accounts.Update(ctx, in.Account, contract.UpdatePutNotifications, put, nil); err != nil {
		return nil, err
	}
	return s.getNotifications(ctx, &in.InAccount)
}

func (s *Server) sealHook(accountID, field string, hook Webhook) (account.Webhook, error) {
	out := account.Webhook{URL: hook.URL}
	if err := account.CheckHook(field+".url", hook.URL); err != nil {
		return out, err
	}
	if hook.Secret == nil {
		return out, nil
	}
	clear, err := s.cfg.Secrets.resolve(field+".secret", *hook.Secret)
	if err != nil {
		return out, err
	}
	out.Secret, err = seal.Close(s.cfg.Seal, accountID, []byte(clear.Reveal()))
	return out, err
}
