package httpapi

import (
	"context"
	"net/http"
	"strings"
	"time"

	"transporter/internal/contract"
	"transporter/internal/link"
)

// LinkView is a link that a mail gave away. Its address is a secret of those who got the mail.
type LinkView struct {
	ID        string     `json:"id" example:"5f0c3a9d1be2487690ab5cde12f34567"`
	Leg       string     `json:"leg"`
	Name      string     `json:"name" doc:"The file." example:"msg.messages_20261119T000000Z_20261120T000000Z.csv.pgp"`
	State     link.State `json:"state" enum:"live,expired,revoked"`
	Made      time.Time  `json:"made"`
	Expires   time.Time  `json:"expires"`
	Revoked   *time.Time `json:"revoked,omitempty"`
	Downloads int64      `json:"downloads" doc:"How often the file was asked for, going on with a part of it included."`
	Last      *time.Time `json:"lastDownload,omitempty"`
}

// InLink names a link of a run.
type InLink struct {
	InRun
	Link string `path:"link" maxLength:"32" doc:"The link's id as the list shows it." example:"5f0c3a9d1be2487690ab5cde12f34567"`
}

func (s *Server) links() {
	const path, tag = runsPath + "/{run}/links", "links"
	route(s, operation{
		Method: http.MethodGet, Path: path, ID: "list-links", Tag: tag, Summary: "List the links that mails of a run gave away",
		Doc:    "Of all attempts to deliver its window, with how often each was used.",
		Errors: []int{404},
	}, func(ctx context.Context, in *InRun) (*Listing[LinkView], error) {
		views, err := s.linksOf(ctx, *in)
		return &Listing[LinkView]{List[LinkView]{views}}, err
	})
	route(s, operation{
		Method: http.MethodPost, Path: path + "/{link}/revoke", ID: "revoke-link", Tag: tag, Summary: "Revoke a link",
		Doc:    "At once and for good; it stays in the list. A repeat does nothing.",
		Errors: []int{404},
	}, s.revokeLink)
}

func (s *Server) linksOf(ctx context.Context, in InRun) ([]LinkView, error) {
	delivery, err := s.deliveryOf(ctx, in)
	if err != nil || delivery == nil {
		return []LinkView{}, err
	}
	all, err := s.cfg.Links.Of(ctx, *delivery)
	if err != nil {
		return nil, err
	}
	views := make([]LinkView, 0, len(all))
	for _, l := range all {
		views = append(views, s.viewLink(l))
	}
	return views, nil
}

func (s *Server) viewLink(l link.Standing) LinkView {
	return LinkView{
		ID: l.ID, Leg: l.Delivery[strings.LastIndex(l.Delivery, "/")+1:], Name: l.Name, State: l.State(s.cfg.Now()),
		Made: l.Made, Expires: l.Expires, Revoked: moment(l.Revoked), Downloads: l.Downloads, Last: moment(l.Last),
	}
}

func (s *Server) revokeLink(ctx context.Context, in *InLink) (*Item[LinkView], error) {
	delivery, err := s.deliveryOf(ctx, in.InRun)
	if err != nil {
		return nil, err
	}
	if delivery == nil {
		return nil, notFound("link", "link", in.Link)
	}
	if err := s.cfg.Links.Revoke(ctx, *delivery, in.Link); err != nil {
		return nil, err
	}
	l, err := s.cfg.Links.Get(ctx, in.Link)
	if err != nil {
		return nil, err
	}
	return &Item[LinkView]{Body: s.viewLink(*l)}, nil
}

// deliveryOf is what a run delivers, on all its legs; nil before its window is planned.
func (s *Server) deliveryOf(ctx context.Context, in InRun) (*contract.Delivery, error) {
	found, err := s.findRun(ctx, in)
	if err != nil {
		return nil, err
	}
	var window *contract.Span
	if found.record != nil {
		window = &found.record.Window
	} else {
		trace, err := s.cfg.Runs.Trace(ctx, found.execution.WorkflowID, found.execution.RunID)
		if err != nil {
			return nil, err
		}
		window = trace.Window
	}
	if window == nil || window.To == 0 {
		return nil, nil
	}
	return new(found.name.delivery(in.Account, *window)), nil
}
