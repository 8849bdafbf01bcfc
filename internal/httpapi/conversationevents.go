package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"regexp"
	"strconv"
	"time"

	"transporter/internal/contract"
	"transporter/internal/fault"

	"github.com/danielgtaylor/huma/v2"
)

const (
	eventsPath = conversationsPath + "/{id}/events"
	// eventsPoll is how often the journal is looked at for what is new.
	eventsPoll = 300 * time.Millisecond
	// eventsBeat keeps proxies from taking a quiet stream for a dead one.
	eventsBeat = 15 * time.Second
	// eventsRetry is what a client is told to wait before it connects again.
	eventsRetry = 2 * time.Second
)

// serveEvents streams a conversation's journal as server-sent events (WHATWG HTML, section
// 9.2), each with its position as id, until the caller goes or the server stops. Whoever comes
// again with Last-Event-ID gets what follows it: the journal is the memory, so it makes no
// difference which process is asked, or whether a worker runs.
func (s *Server) serveEvents(w http.ResponseWriter, r *http.Request) {
	ref := contract.ConversationRef{Account: r.PathValue("a"), Conversation: r.PathValue("id")}
	next, err := eventsFrom(r)
	if err == nil {
		err = s.streamable(r.Context(), ref)
	}
	if err != nil {
		var p *Problem
		if !errors.As(s.refuse(r.Context(), err), &p) {
			p = unexpected(r.Context())
		}
		writeProblem(w, p)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // nginx must not hold events back
	stream := &eventStream{w: w, control: http.NewResponseController(w), now: s.cfg.Now}
	if stream.write(fmt.Sprintf("retry: %d\n\n", eventsRetry.Milliseconds())) == nil {
		s.follow(r, ref, next, stream)
	}
}

// streamable refuses accounts and conversations that are not there. A conversation that has a journal
// can be streamed though no worker tells of it: browsers do not connect again after a refusal.
func (s *Server) streamable(ctx context.Context, ref contract.ConversationRef) error {
	if !conversationID.MatchString(ref.Conversation) {
		return fault.New(fault.InvalidSpec, "it must be the platform's id of a conversation").WithField("path.id")
	}
	_, err := s.snapshot(ctx, ref.Account)
	if err != nil && !fault.Is(err, fault.Upstream) {
		return err
	}
	for _, unread := range s.cfg.Journal.Entries(ctx, ref, 0) {
		return unread
	}
	if err != nil {
		return err
	}
	if _, err := s.cfg.Conversations.Conversation(ctx, ref); fault.Is(err, fault.NotFound) {
		return notFound("id", "conversation", ref.Conversation)
	}
	return nil // one of which nobody can tell now is waited for
}

// conversationID is the pattern of InConversation.
var conversationID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)

// follow writes entries as they come.
func (s *Server) follow(r *http.Request, ref contract.ConversationRef, next int64, stream *eventStream) {
	ticker := time.NewTicker(eventsPoll)
	defer ticker.Stop()
	beat := s.cfg.Now()
	reader := &journalReader{journal: s.cfg.Journal, ref: ref, next: next}
	for {
		for e, err := range reader.unread(r.Context()) {
			if err != nil {
				s.abort(r.Context(), "stream a conversation", err)
			}
			view, err := s.viewEntry(r.Context(), ref, e)
			if err != nil {
				s.abort(r.Context(), "stream a conversation", err)
			}
			if stream.entry(view) != nil {
				return // the caller is gone
			}
			beat = s.cfg.Now()
		}
		if now := s.cfg.Now(); now.Sub(beat) >= eventsBeat {
			if beat = now; stream.write(": still here\n\n") != nil {
				return
			}
		}
		select {
		case <-ticker.C:
		case <-r.Context().Done():
			return
		case <-s.cfg.Stopping:
			return
		}
	}
}

// eventsFrom reads where to begin: after Last-Event-ID, or at ?from=, or at the beginning.
func eventsFrom(r *http.Request) (int64, error) {
	if id := r.Header.Get("Last-Event-ID"); id != "" {
		n, err := strconv.ParseInt(id, 10, 64)
		if err != nil || n < 0 {
			return 0, fault.New(fault.InvalidSpec, "is no id of an event of ours").WithField("header.Last-Event-ID")
		}
		return n + 1, nil
	}
	if from := r.URL.Query().Get("from"); from != "" {
		n, err := strconv.ParseInt(from, 10, 64)
		if err != nil || n < 0 {
			return 0, fault.New(fault.InvalidSpec, "must be a position: 0 or more").WithField("query.from")
		}
		return n, nil
	}
	return 0, nil
}

// eventStream writes events, each at once.
type eventStream struct {
	w       http.ResponseWriter
	control *http.ResponseController
	now     func() time.Time
}

func (s *eventStream) entry(v EntryView) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return s.write(fmt.Sprintf("id: %d\nevent: %s\ndata: %s\n\n", v.Position, v.Kind, data))
}

func (s *eventStream) write(text string) error {
	// The server's own deadline is for short answers; without support it stays.
	_ = s.control.SetWriteDeadline(s.now().Add(2 * eventsBeat))
	if _, err := s.w.Write([]byte(text)); err != nil {
		return err
	}
	return s.control.Flush()
}

// conversationEvents serves the stream. It is no route of huma's, which answers once, so it is
// described here.
func (s *Server) conversationEvents(mux *http.ServeMux) {
	mux.HandleFunc(http.MethodGet+" "+eventsPath, s.serveEvents)
	doc := s.api.OpenAPI()
	text := &huma.Schema{Type: huma.TypeString}
	problem := doc.Components.Schemas.Schema(reflect.TypeFor[Problem](), true, "")
	refused := func(what string) *huma.Response {
		return &huma.Response{Description: what, Content: map[string]*huma.MediaType{new(Problem).ContentType(""): {Schema: problem}}}
	}
	doc.AddOperation(&huma.Operation{
		Method: http.MethodGet, Path: eventsPath, OperationID: "stream-conversation", Tags: []string{conversationsTag},
		Summary: "Follow a conversation as it happens",
		Description: "Server-sent events: id is the position, event the kind, data the entry as in /messages. A client that connects again " +
			"with Last-Event-ID misses nothing and gets nothing twice.",
		Parameters: []*huma.Param{
			{Name: "a", In: "path", Required: true, Description: "The account's id.", Schema: text},
			{Name: "id", In: "path", Required: true, Description: "The platform's id of the conversation.", Schema: text},
			{Name: "from", In: "query", Description: "The first position; absent: 0.", Schema: &huma.Schema{Type: huma.TypeInteger}},
			{Name: "Last-Event-ID", In: "header", Description: "The id of the last event that was seen.", Schema: text},
		},
		Responses: map[string]*huma.Response{
			"200": {Description: "The events.", Content: map[string]*huma.MediaType{"text/event-stream": {Schema: text}}},
			"401": refused("The token is missing or wrong."),
			"404": refused("There is no such account or conversation."),
			"422": refused("The position or the id is none."),
			"500": refused("Something unexpected."),
			"503": refused("No worker answers, and the conversation has no journal yet."),
		},
	})
}
