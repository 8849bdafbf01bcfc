package messaging

import "transporter/internal/transform/cell"

func messageIsSystem(c *Conversation, row int, out *cell.Cell) {
	c.loadMessages()
	out.SetBool(c.messages[row].kind == system)
}

var kindTexts = func() (texts [len(kindNames)][]byte) {
	for i, n := range kindNames {
		texts[i] = []byte(n)
	}
	return
}()

func messageSenderKind(c *Conversation, row int, out *cell.Cell) {
	c.loadMessages()
	out.SetText(kindTexts[c.messages[row].kind])
}

func messageSkillID(c *Conversation, row int, out *cell.Cell) {
	c.loadMessages()
	out.SetText(c.skillAt(c.messages[row].at))
}

func messageSkillName(c *Conversation, row int, out *cell.Cell) {
	c.loadMessages()
	out.SetText(c.skillName(c.skillAt(c.messages[row].at)))
}

func messageTurnIndex(c *Conversation, row int, out *cell.Cell) {
	c.loadTurns()
	m := &c.messages[row]
	out.SetInt(int64(m.turn))
	nullUnless(out, m.turn > 0)
}

func messageIsFirstInTurn(c *Conversation, row int, out *cell.Cell) {
	c.loadTurns()
	m := &c.messages[row]
	out.SetBool(m.first)
	nullUnless(out, m.turn > 0)
}

func messageResponseTime(c *Conversation, row int, out *cell.Cell) {
	c.loadTurns()
	out.SetNull()
	if m := &c.messages[row]; m.first {
		if t := &c.turns[m.turn-1]; t.agent && t.wait >= 0 {
			out.SetInt(t.wait)
		}
	}
}
