package apiclient

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"transporter/internal/httpapi"
)

// Conversations are the conversations of an account. What reaches the platform takes an
// Idempotency-Key, with which a repeat is sent once.
type Conversations struct {
	client *Client
	path   string
}

// Conversations returns the conversations of the account.
func (c *Client) Conversations(account string) Conversations {
	return Conversations{c, of(account, "conversations")}
}

// Open opens a conversation for a consumer.
func (c Conversations) Open(ctx context.Context, body httpapi.ConversationRequest, w Write) (out httpapi.ConversationOpened, err error) {
	_, err = c.client.do(ctx, request{http.MethodPost, c.path, body, w.header()}, &out)
	return out, err
}

// List returns conversations as the query says, the latest first; its account is not looked at.
func (c Conversations) List(ctx context.Context, q httpapi.ConversationQuery) ([]httpapi.ConversationLine, error) {
	query := url.Values{"limit": {strconv.Itoa(q.Limit)}}
	if q.State != "" {
		query.Set("state", q.State)
	}
	if q.RelayStopped {
		query.Set("relayStopped", "true")
	}
	var out httpapi.List[httpapi.ConversationLine]
	_, err := c.client.do(ctx, request{http.MethodGet, c.path + "?" + query.Encode(), nil, nil}, &out)
	return out.Items, err
}

// Get tells how a conversation stands.
func (c Conversations) Get(ctx context.Context, id string) (out httpapi.ConversationView, err error) {
	_, err = c.client.do(ctx, request{http.MethodGet, c.at(id), nil, nil}, &out)
	return out, err
}

// Entries returns a piece of a conversation's journal from a position on.
func (c Conversations) Entries(ctx context.Context, id string, from int64) (out httpapi.Entries, err error) {
	_, err = c.client.do(ctx, request{http.MethodGet, fmt.Sprintf("%s/messages?from=%d", c.at(id), from), nil, nil}, &out)
	return out, err
}

// Send sends a message of the consumer.
func (c Conversations) Send(ctx context.Context, id string, body httpapi.MessageRequest, w Write) (httpapi.Sent, error) {
	return c.command(ctx, id, "messages", body, w)
}

// SendFile sends a file of the consumer, which stays open; kind is its media type. Without a
// dialog it is sent in the one that is open.
func (c Conversations) SendFile(ctx context.Context, id, kind, caption, dialog string, file io.Reader, w Write) (out httpapi.Sent, err error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	header := w.header()
	header["Content-Type"] = kind
	path := c.at(id) + "/files?" + url.Values{"caption": {caption}, "dialog": {dialog}}.Encode()
	res, err := c.client.sendBody(ctx, request{method: http.MethodPost, path: path, header: header}, io.NopCloser(file))
	if err != nil {
		return out, err
	}
	defer func() { _ = res.Body.Close() }()
	return out, json.NewDecoder(io.LimitReader(res.Body, maxAnswer)).Decode(&out)
}

// Mark says what became of messages at the consumer's side.
func (c Conversations) Mark(ctx context.Context, id string, body httpapi.StatusRequest, w Write) (httpapi.Sent, error) {
	return c.command(ctx, id, "statuses", body, w)
}

// Typing says that the consumer types, pauses, is there or gone.
func (c Conversations) Typing(ctx context.Context, id string, body httpapi.TypingRequest) (httpapi.Sent, error) {
	return c.command(ctx, id, "typing", body, Write{})
}

// Close closes a conversation.
func (c Conversations) Close(ctx context.Context, id string, body httpapi.CloseRequest, w Write) (httpapi.Sent, error) {
	return c.command(ctx, id, "close", body, w)
}

// RelayAgain has a callback called again that did not answer for a day, also of a conversation that is over.
func (c Conversations) RelayAgain(ctx context.Context, id string) error {
	_, err := c.client.do(ctx, request{http.MethodPost, c.at(id) + "/relay", nil, nil}, nil)
	return err
}

func (c Conversations) command(ctx context.Context, id, verb string, body any, w Write) (out httpapi.Sent, err error) {
	_, err = c.client.do(ctx, request{http.MethodPost, c.at(id) + "/" + verb, body, w.header()}, &out)
	return out, err
}

func (c Conversations) at(id string) string { return c.path + "/" + url.PathEscape(id) }

// eventsAgain is how long a reader of events waits before it connects again.
const eventsAgain = 2 * time.Second

// Events yields a conversation's entries from a position on, as they come, until ctx ends. It
// connects again where it was when the stream ends or breaks; a refusal ends it.
func (c Conversations) Events(ctx context.Context, id string, from int64) iter.Seq2[httpapi.EntryView, error] {
	return func(yield func(httpapi.EntryView, error) bool) {
		for ctx.Err() == nil {
			var refused *Error
			goOn, err := c.stream(ctx, id, &from, yield)
			if !goOn {
				return
			}
			if errors.As(err, &refused) && refused.Status < http.StatusInternalServerError {
				yield(httpapi.EntryView{}, err)
				return
			}
			select {
			case <-time.After(eventsAgain):
			case <-ctx.Done():
			}
		}
	}
}

// stream yields entries of one connection; goOn is false when the reader wants no more.
func (c Conversations) stream(ctx context.Context, id string, from *int64, yield func(httpapi.EntryView, error) bool) (goOn bool, err error) {
	res, err := c.client.send(ctx, request{http.MethodGet, fmt.Sprintf("%s/events?from=%d", c.at(id), *from), nil, nil})
	if err != nil {
		return true, err
	}
	defer func() { _ = res.Body.Close() }()
	lines := bufio.NewScanner(res.Body)
	lines.Buffer(nil, maxAnswer)
	for lines.Scan() {
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok {
			continue
		}
		var entry httpapi.EntryView
		if err := json.Unmarshal([]byte(data), &entry); err != nil {
			return true, fmt.Errorf("read event: %w", err)
		}
		if *from = entry.Position + 1; !yield(entry, nil) {
			return false, nil
		}
	}
	return true, lines.Err()
}

// File opens a file that was sent in the message at a position. The caller closes it.
func (c Conversations) File(ctx context.Context, id string, position int64) (*File, error) {
	return c.client.open(ctx, fmt.Sprintf("%s/files/%d", c.at(id), position))
}
