package messaging

import (
	"fmt"

	"transporter/internal/transform/cell"
	"transporter/internal/transform/jsonrec"
)

// sdeEvent is one row of msg.sdes.
type sdeEvent struct {
	authenticated bool
	ordinal       int64
	value         jsonrec.Value
}

// sdeEvents are the rows of msg.sdes: the events of authenticated visitors, then those
// of others, each in the order of the source.
func sdeEvents(c *Conversation, yield func(jsonrec.Value, ...jsonrec.Value)) {
	c.sdeEvents = c.sdeEvents[:0]
	for _, list := range []string{"sdes", "unAuthSdes"} {
		ordinal := int64(0)
		for e := range c.root.Get(list).Get("events").Elements() {
			ordinal++
			c.sdeEvents = append(c.sdeEvents, sdeEvent{list == "sdes", ordinal, e})
			yield(e)
		}
	}
}

var sdeFacts = map[string]Fact{
	"sde_is_authenticated": func(c *Conversation, row int, out *cell.Cell) {
		out.SetBool(c.sdeEvents[row].authenticated)
	},
	"sde_ordinal":           elapsedOf(func(c *Conversation, row int) (int64, bool) { return c.sdeEvents[row].ordinal, true }),
	"sde_last_payment_date": sdeDate("lastPaymentDate"),
	"sde_registration_date": sdeDate("registrationDate"),
}

// sdeDate writes a day that the customer info has as year, month and day; null unless it
// has all three.
func sdeDate(key string) Fact {
	return func(c *Conversation, row int, out *cell.Cell) {
		out.SetNull()
		info := c.sdeEvents[row].value.Get("customerInfo")
		if nested := info.Get("customerInfo"); nested.Kind() == jsonrec.Object {
			info = nested
		}
		date := info.Get(key)
		year, okYear := cell.IntOf(date.Get("year"))
		month, okMonth := cell.IntOf(date.Get("month"))
		day, okDay := cell.IntOf(date.Get("day"))
		if okYear && okMonth && okDay {
			out.SetString(fmt.Sprintf("%04d-%02d-%02d", year, month, day))
		}
	}
}
