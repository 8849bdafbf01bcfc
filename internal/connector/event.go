package connector

import (
	"encoding/json"

	"transporter/internal/conversation"
)

// Bodies of requests, as the platform takes them (Connector API, "Send API"). They are of strings
// and numbers, which always encode.

// Text is an event that says a text.
func Text(text string) json.RawMessage {
	return encode(map[string]any{"type": "ContentEvent", "contentType": "text/plain", "message": text})
}

// HostedFile is an event that shows a file that was uploaded to the path.
func HostedFile(path, kind, caption, preview string) json.RawMessage {
	message := map[string]string{"relativePath": path, "fileType": kind}
	if caption != "" {
		message["caption"] = caption
	}
	if preview != "" {
		message["preview"] = preview
	}
	return encode(map[string]any{"type": "ContentEvent", "contentType": "hosted/file", "message": message})
}

// Status is an event that says what became of messages at the consumer's side.
func Status(status string, sequences []int) json.RawMessage {
	return encode(map[string]any{"type": "AcceptStatusEvent", "status": status, "sequenceList": sequences})
}

// Typing is an event of the consumer's chat state.
func Typing(state string) json.RawMessage {
	return encode(map[string]any{"type": "ChatStateEvent", "chatState": state})
}

// CloseConversation is the change that closes the main dialog; a survey may follow.
func CloseConversation() json.RawMessage {
	return encode(map[string]any{"field": "ConversationStateField", "conversationState": "CLOSE"})
}

// CloseDialog is the change that closes a dialog; of the main one, a survey may follow.
func CloseDialog(dialog string) json.RawMessage {
	return encode(map[string]any{
		"field": "DialogChange", "type": "UPDATE",
		"dialog": map[string]string{"dialogId": dialog, "state": "CLOSE", "closedCause": "Closed by consumer"},
	})
}

// CloseStage is the change that closes everything, without a survey.
func CloseStage() json.RawMessage {
	return encode(map[string]any{"field": "Stage", "conversationState": "CLOSE"})
}

// Skill is the change that routes the conversation to a skill.
func Skill(id string) json.RawMessage {
	return encode(map[string]any{"field": "Skill", "type": "UPDATE", "skill": id})
}

// TTR is the change of the time to respond.
func TTR(t conversation.TTR) json.RawMessage {
	return encode(map[string]any{"field": "TTRField", "ttrType": t.Type, "value": t.Seconds})
}

func encode(v any) json.RawMessage {
	raw, _ := json.Marshal(v)
	return raw
}
