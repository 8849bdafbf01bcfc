package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"transporter/internal/sandbox/live"
)

// send takes one request of a consumer.
func (s *Server) send(w http.ResponseWriter, r *http.Request) {
	by, ok := s.callerOf(w, r)
	var req connectorRequest
	if !ok || !readConnector(w, r, &req) {
		return
	}
	if err := req.check(); err != nil {
		badRequest(w, err)
		return
	}
	answer := map[string]func(live.Caller, *connectorRequest) (any, error){
		requestPublish: s.publishEvent, requestUpdate: s.updateConversation, requestProfile: s.setProfile,
		requestUpload: s.uploadURL, requestDownload: s.downloadURL,
	}[req.Type]
	if answer == nil {
		badRequest(w, fmt.Errorf("type: %q is not one of the send endpoint's", req.Type))
		return
	}
	body, err := answer(by, &req)
	if err != nil {
		refuseConversation(w, err)
		return
	}
	writeJSON(w, http.StatusOK, okTo(&req, body))
}

func (s *Server) publishEvent(by live.Caller, r *connectorRequest) (any, error) {
	var b struct {
		Dialog       string          `json:"dialogId"`
		Conversation string          `json:"conversationId"`
		Event        json.RawMessage `json:"event"`
	}
	if err := json.Unmarshal(r.Body, &b); err != nil {
		return nil, err
	}
	n, err := s.talks.Publish(by, live.Publication{Conversation: b.Conversation, Dialog: b.Dialog, Event: b.Event, Metadata: r.Metadata})
	return map[string]int{"sequence": n}, err
}

func (s *Server) updateConversation(by live.Caller, r *connectorRequest) (any, error) {
	var b struct {
		Conversation string          `json:"conversationId"`
		Field        json.RawMessage `json:"conversationField"` // one or a list
	}
	if err := json.Unmarshal(r.Body, &b); err != nil {
		return nil, err
	}
	if len(b.Field) > 0 && b.Field[0] != '[' {
		b.Field = append(append([]byte{'['}, b.Field...), ']')
	}
	var fields []live.Field
	if err := json.Unmarshal(b.Field, &fields); err != nil {
		return nil, fmt.Errorf("body.conversationField: %w", err)
	}
	said, err := s.talks.Update(by, b.Conversation, fields)
	return message{said}, err
}

func (s *Server) setProfile(by live.Caller, r *connectorRequest) (any, error) {
	s.talks.SetProfile(by, r.Body)
	return profileSet, nil
}

func (s *Server) uploadURL(by live.Caller, r *connectorRequest) (any, error) {
	var b struct {
		Size live.Text `json:"fileSize"`
		Type string    `json:"fileType"`
	}
	if err := json.Unmarshal(r.Body, &b); err != nil {
		return nil, err
	}
	size, err := strconv.Atoi(string(b.Size))
	if err != nil {
		return nil, fmt.Errorf("body.fileSize: %q must be a number of bytes", b.Size)
	}
	path, err := s.talks.RequestUpload(by, size, b.Type)
	if err != nil {
		return nil, err
	}
	return s.signedURL(http.MethodPut, path), nil
}

func (s *Server) downloadURL(by live.Caller, r *connectorRequest) (any, error) {
	var b struct {
		Path string `json:"relativePath"`
	}
	if err := json.Unmarshal(r.Body, &b); err != nil {
		return nil, err
	}
	if !s.talks.HasFile(by.Account, b.Path) {
		return nil, fmt.Errorf("body.relativePath: there is no file %q", b.Path)
	}
	return s.signedURL(http.MethodGet, b.Path), nil
}

type signedURL struct {
	Path  string      `json:"relativePath"`
	Query signedQuery `json:"queryParams"`
}

type signedQuery struct {
	Signature string `json:"temp_url_sig"`
	Expires   string `json:"temp_url_expires"`
}

func (s *Server) signedURL(method, path string) signedURL {
	signature, expires := s.swift.Sign(method, path)
	return signedURL{path, signedQuery{signature, expires}}
}
