package messaging

import "transporter/internal/transform/cell"

// Facts about the elements of $.transfers, of MAIN or not.
var transferFacts = map[string]Fact{
	"transfer_source_agent_type": func(c *Conversation, row int, out *cell.Cell) {
		setKind(out, c.agentKind(c.anyTransfer(row).source))
	},
	"transfer_next_assigned_agent_id": func(c *Conversation, row int, out *cell.Cell) {
		out.SetNull()
		if next := c.assignedAfter(c.anyTransfer(row).at); next != nil {
			out.SetText(next.agent)
		}
	},
	"transfer_next_assigned_at": func(c *Conversation, row int, out *cell.Cell) {
		out.SetNull()
		if next := c.assignedAfter(c.anyTransfer(row).at); next != nil {
			out.SetTime(next.at)
		}
	},
	"transfer_wait_after_ms": func(c *Conversation, row int, out *cell.Cell) {
		out.SetNull()
		at := c.anyTransfer(row).at
		if next := c.assignedAfter(at); next != nil {
			out.SetInt(next.at - at)
		}
	},
	"transfer_is_bot_escalation": func(c *Conversation, row int, out *cell.Cell) {
		t := c.escalation()
		out.SetBool(t != nil && t.place == row)
	},
}

// anyTransfer returns the row'th transfer of the record.
func (c *Conversation) anyTransfer(row int) *transfer {
	c.loadEvents()
	return &c.allTransfers[row]
}
