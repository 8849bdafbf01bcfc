// Package live holds the conversations that consumers hold through apps, as they happen: the
// messaging service's own account of them, which webhooks tell and history repeats.
package live

import "encoding/json"

// Types of notifications as an installation's capabilities.webhooks name them (Connector API,
// "Webhooks: configuration").
const (
	TypeContent      = "ms.MessagingEventNotification.ContentEvent"
	TypeRichContent  = "ms.MessagingEventNotification.RichContentEvent"
	TypeAcceptStatus = "ms.MessagingEventNotification.AcceptStatusEvent"
	TypeChatState    = "ms.MessagingEventNotification.ChatStateEvent"
	TypeConversation = "cqm.ExConversationChangeNotification"
)

// Notification is one change of a conversation that an app is told of.
type Notification struct {
	Account      string
	App          string          // client id of the app that opened the conversation
	Conversation string          // what an order of deliveries is kept within
	Type         string          // one of the types above
	Change       json.RawMessage // the element of body.changes
}

// Notify takes notifications in the order in which they came about. It must not block.
type Notify func(Notification)
