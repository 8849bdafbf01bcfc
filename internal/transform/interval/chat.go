package interval

import (
	"time"

	"transporter/internal/transform/cell"
	"transporter/internal/transform/jsonrec"
)

// chatHistory is the resource of chats that have ended, in the order of their starts.
const chatHistory = "engagement_history"

// chat is one of the history. Its start is when an agent took it; times are epoch milliseconds.
type chat struct {
	start, end int64
	skill      []byte
	info       jsonrec.Value
}

// chatOf reads a record of the history; one that cannot be counted is a *jsonrec.Defect.
func chatOf(root jsonrec.Value) (chat, error) {
	info := root.Get("info")
	start, started := cell.IntOf(info.Get("startTimeL"))
	end, ended := cell.IntOf(info.Get("endTimeL"))
	skill := cell.TextOf(info.Get("skillId"))
	switch {
	case string(info.Get("isPartial").Text()) == "true":
		return chat{}, &jsonrec.Defect{Path: "$.info.isPartial", Reason: "the source sent only a part of this engagement"}
	case !started:
		return chat{}, &jsonrec.Defect{Path: "$.info.startTimeL", Reason: "has no time, and must have one (epoch milliseconds)"}
	case !ended:
		return chat{}, &jsonrec.Defect{Path: "$.info.endTimeL", Reason: "has no time, and must have one (epoch milliseconds)"}
	case skill == nil:
		return chat{}, &jsonrec.Defect{Path: "$.info.skillId", Reason: "has no value, and must have one"}
	}
	return chat{start, end, skill, info}, nil
}

// wait is how long the visitor waited for an agent, in milliseconds; false where the source does
// not say when the chat was asked for.
func (c chat) wait() (int64, bool) {
	requested, known := cell.IntOf(c.info.Get("chatRequestedTimeL"))
	return c.start - requested, known && requested > 0
}

// interactive is whether both sides wrote.
func (c chat) interactive() bool { return string(c.info.Get("isInteractive").Text()) == "true" }

// took is how long an agent had the chat, in whole seconds.
func (c chat) took() int64 { return (c.end - c.start) / time.Second.Milliseconds() }
