package httpapi

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"transporter/internal/contract"
	"transporter/internal/fault"
)

const (
	// maxFile is the platform's limit of a file, in bytes (Connector API, "File sharing": 3 MB).
	maxFile = 3 << 20
	// maxFilePreview is its limit of a preview.
	maxFilePreview = 30 << 10
)

// fileKinds are the types of files that the platform takes.
var fileKinds = map[string]string{"image/jpeg": "JPEG", "image/png": "PNG", "image/gif": "GIF"}

// fileEnding is that of the platform's path of a file.
var fileEnding = regexp.MustCompile(`\.[A-Za-z0-9]{1,5}$`)

// InUpload carries a file of the consumer.
type InUpload struct {
	InConversation
	MessageKey
	Caption     string `query:"caption" maxLength:"1000" doc:"A text to it."`
	Preview     string `header:"X-Preview" maxLength:"30720" doc:"A small version of it as a data URI, less than 30 KB."`
	Dialog      string `query:"dialog" maxLength:"128" doc:"The dialog; absent: the one that is open."`
	ContentType string `header:"Content-Type" doc:"image/jpeg, image/png or image/gif." example:"image/png"`
	RawBody     []byte `contentType:"image/png"`
}

func (s *Server) conversationFiles() {
	op := operation{
		Method: http.MethodPost, Path: conversationsPath + "/{id}/files", ID: "send-file", Tag: conversationsTag,
		Summary: "Send a file of the consumer",
		Doc:     "The body is the file: image/jpeg, image/png or image/gif, at most 3 MB. Returns when the platform has it, with its number.",
		Errors:  []int{400, 404, 409, 413, 415, 422, 429}, MaxBody: maxFile + 1,
	}
	route(s, op, s.sendFile)
	route(s, operation{
		Method: http.MethodGet, Path: conversationsPath + "/{id}/files/{position}", ID: "get-file", Tag: conversationsTag,
		Summary: "Fetch a file that was sent in a conversation",
		Doc:     "position is that of the message, whose event has a relativePath. A worker brings it from the platform the first time, for as long as the platform has it.",
		Errors:  []int{404, 422},
	}, s.getFile)
}

// InSentFile names a file that was sent in a conversation.
type InSentFile struct {
	InConversation
	Position int64 `path:"position" minimum:"0" doc:"The position of the message."`
}

// SentFile is a file.
type SentFile struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition" doc:"A name: the conversation and the position."`
	Body        []byte `contentType:"image/png"`
}

// hosted is the message of an event of the platform that shows a file.
type hosted struct {
	Message struct {
		Path string `json:"relativePath"`
	} `json:"message"`
}

func (s *Server) getFile(ctx context.Context, in *InSentFile) (*SentFile, error) {
	path, err := s.pathOf(ctx, in)
	if err != nil {
		return nil, err
	}
	view, err := s.cfg.Conversations.Conversation(ctx, in.ref())
	if err != nil {
		return nil, s.conversationError(ctx, in.InConversation, err)
	}
	ref := in.ref()
	ref.App = view.App
	blob, err := s.cfg.Conversations.FetchFile(ctx, contract.FetchFileIn{
		ConversationRef: ref, Consumer: view.Consumer, Features: view.Features, Path: path,
	}, in.Position)
	if err != nil {
		return nil, err
	}
	body, err := s.cfg.Journal.Body(ctx, ref, blob)
	if err != nil {
		return nil, err
	}
	return &SentFile{
		ContentType: http.DetectContentType(body), Body: body,
		Disposition: fmt.Sprintf(`attachment; filename="%s-%d%s"`, in.ID, in.Position, strings.ToLower(fileEnding.FindString(path))),
	}, nil
}

// pathOf returns the platform's path of the file in the entry.
func (s *Server) pathOf(ctx context.Context, in *InSentFile) (string, error) {
	for e, err := range s.cfg.Journal.Entries(ctx, in.ref(), in.Position) {
		if err != nil {
			return "", err
		}
		view, err := s.viewEntry(ctx, in.ref(), e)
		if err != nil {
			return "", err
		}
		var h hosted
		if raw, ok := view.Event.(json.RawMessage); ok && json.Unmarshal(raw, &h) == nil && h.Message.Path != "" {
			return h.Message.Path, nil
		}
		break
	}
	return "", fault.New(fault.NotFound, "no file was sent at position %d", in.Position).WithField("path.position").
		WithFix("give the position of a message whose event has a relativePath")
}

func (s *Server) sendFile(ctx context.Context, in *InUpload) (*Item[Sent], error) {
	kind := fileKinds[in.ContentType]
	switch {
	case kind == "":
		return nil, fault.New(fault.InvalidSpec, "%q is none that the platform takes: image/jpeg, image/png or image/gif", in.ContentType).WithField("header.Content-Type")
	case len(in.RawBody) == 0:
		return nil, fault.New(fault.InvalidSpec, "the file is empty").WithField("body")
	case len(in.RawBody) > maxFile:
		return nil, fault.New(fault.InvalidSpec, "the file has %d bytes, at most %d are taken", len(in.RawBody), maxFile).WithField("body")
	case in.Preview != "" && !strings.HasPrefix(in.Preview, "data:image/"):
		return nil, fault.New(fault.InvalidSpec, "must be an image as a data URI, such as data:image/png;base64,…").WithField("header.X-Preview")
	case len(in.Preview) >= maxFilePreview:
		return nil, fault.New(fault.InvalidSpec, "has %d bytes, less than %d are taken", len(in.Preview), maxFilePreview).WithField("header.X-Preview")
	}
	if _, err := s.snapshot(ctx, in.Account); err != nil { // before anything is kept
		return nil, err
	}
	blob, err := s.cfg.Journal.PutBody(ctx, in.ref(), in.RawBody)
	if err != nil {
		return nil, err
	}
	return s.command(ctx, in.InConversation, contract.UpdateSend, contract.SendIn{
		IdemKey: in.Key, Dialog: in.Dialog, File: &contract.FileRef{Blob: blob, Type: kind, Caption: in.Caption, Preview: in.Preview},
	})
}
