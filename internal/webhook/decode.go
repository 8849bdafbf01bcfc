package webhook

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"regexp"

	"transporter/internal/conversation"
	"transporter/internal/fault"
	"transporter/internal/lenient"
)

// Limits bounds what a delivery may be. Zero values take the defaults.
type Limits struct {
	Depth   int // of nested objects and arrays; default 100
	Changes int // of one delivery; default 10,000
}

const (
	defaultDepth   = 100    // structured content nests some ten deep
	defaultChanges = 10_000 // documented deliveries have one
)

// Change is one event of a conversation, as it was delivered.
type Change struct {
	// Conversation is empty if the change names none, or none that can be one: there is nobody
	// to tell, and to refuse it would only bring it again.
	Conversation string
	Event        conversation.Event
}

// Decode returns the changes of a delivery in their order, without Seen. It fails with
// fault.InvalidSpec only where the body is no JSON object within the limits: fields, types and
// values that are unknown are kept as they came. Bytes that are no UTF-8 are replaced, as by
// every JSON reader.
func Decode(body []byte, l Limits) ([]Change, error) {
	depth, most := or(l.Depth, defaultDepth), or(l.Changes, defaultChanges)
	if deeper(body, depth) {
		return nil, fault.New(fault.InvalidSpec, "objects and lists are nested deeper than %d", depth)
	}
	var compact bytes.Buffer // so that a key does not depend on white space
	if err := json.Compact(&compact, bytes.ToValidUTF8(body, []byte("\uFFFD"))); err != nil {
		return nil, fault.New(fault.InvalidSpec, "it is no JSON")
	}
	if compact.Len() == 0 || compact.Bytes()[0] != '{' {
		return nil, fault.New(fault.InvalidSpec, "it is no JSON object")
	}
	var n struct {
		Type lenient.Text    `json:"type"`
		Body json.RawMessage `json:"body"`
	}
	lenient.Into(compact.Bytes(), &n)
	changes := changesOf(n.Body, compact.Bytes())
	if len(changes) > most {
		return nil, fault.New(fault.InvalidSpec, "it has %d changes, more than %d", len(changes), most)
	}
	all := make([]Change, len(changes))
	for i, raw := range changes {
		all[i] = change(string(n.Type), raw)
	}
	return all, nil
}

// changesOf returns the changes of a notification's body; a body without any is one itself, and
// so is a notification without body.
func changesOf(body, whole json.RawMessage) lenient.List[json.RawMessage] {
	if body == nil {
		return lenient.List[json.RawMessage]{whole}
	}
	var b struct {
		Changes json.RawMessage `json:"changes"`
	}
	if lenient.Into(body, &b); b.Changes == nil {
		return lenient.List[json.RawMessage]{body}
	}
	var changes lenient.List[json.RawMessage]
	lenient.Into(b.Changes, &changes)
	return changes
}

// Types of notifications.
const (
	typeMessaging = "ms.MessagingEventNotification"
	typeDetails   = "cqm.ExConversationChangeNotification"
)

func change(kind string, raw json.RawMessage) Change {
	switch kind {
	case typeMessaging:
		return messaging(raw)
	case typeDetails:
		return details(raw)
	}
	return other(raw)
}

// other keeps a change that a newer platform tells, under the conversation that it names in one
// of the known ways.
func other(raw json.RawMessage) Change {
	var named struct {
		ConversationID lenient.Text `json:"conversationId"`
		ConvID         lenient.Text `json:"convId"`
		DialogID       lenient.Text `json:"dialogId"`
		Result         struct {
			ConvID lenient.Text `json:"convId"`
		} `json:"result"`
	}
	lenient.Into(raw, &named)
	return Change{
		Conversation: identifier(named.ConversationID, named.ConvID, named.Result.ConvID, named.DialogID),
		Event: conversation.Event{
			Key: hashKey(raw), Kind: conversation.Other, Dialog: string(named.DialogID), Sequence: conversation.Unnumbered,
			Via: conversation.ViaWebhook, Body: raw,
		},
	}
}

// identifiers are what ids of conversations can look like: documented ones are UUIDs and URL-safe
// base64. They become parts of keys of the store, so nothing else may be in them.
var identifiers = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.~-]{0,127}$`)

// identifier returns the first of the ids that is there, if it can be one.
func identifier(ids ...lenient.Text) string {
	for _, id := range ids {
		if id != "" {
			return identifiers.FindString(string(id))
		}
	}
	return ""
}

// hashKey is the key of a change that nothing names.
func hashKey(raw []byte) string {
	sum := sha256.Sum256(raw)
	return "hash/" + hex.EncodeToString(sum[:])
}

func or(value, absent int) int {
	if value <= 0 {
		return absent
	}
	return value
}
