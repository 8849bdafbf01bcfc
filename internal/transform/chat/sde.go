package chat

import (
	"fmt"

	"transporter/internal/transform/cell"
	"transporter/internal/transform/jsonrec"
)

// eventTypes are the types of the events that name none, by the member that holds them.
// viewProduct and formFillingError are the chat spellings of viewedProduct and visitorError.
var eventTypes = map[string]string{
	"customerInfo": "CUSTOMER_INFO", "personalInfo": "PERSONAL_INFO", "cartStatus": "CART_STATUS", "purchase": "PURCHASE",
	"marketingCampaignInfo": "MARKETING_CAMPAIGN_INFO", "searchContent": "SEARCH_CONTENT", "viewedProduct": "VIEWED_PRODUCT",
	"viewProduct": "VIEWED_PRODUCT", "visitorError": "VISITOR_ERROR", "formFillingError": "VISITOR_ERROR", "lead": "LEAD",
	"serviceActivity": "SERVICE_ACTIVITY",
}

func (e *Engagement) event(row int) jsonrec.Value {
	if !e.have.events {
		e.have.events, e.events = true, e.events[:0]
		for v := range e.root.Get("sdes").Get("events").Elements() {
			e.events = append(e.events, v)
		}
	}
	return e.events[row]
}

func sdeType(e *Engagement, row int, out *cell.Cell) {
	event := e.event(row)
	if given := cell.TextOf(event.Get("sdeType")); given != nil {
		out.SetText(given)
		return
	}
	out.SetNull()
	for name := range event.Members() {
		if known, ok := eventTypes[string(name)]; ok {
			out.SetString(known)
			return
		}
	}
}

// sdeDate reads {year, month, day} of the customer's record.
func sdeDate(key string) Fact {
	return func(e *Engagement, row int, out *cell.Cell) {
		customer := e.event(row).Get("customerInfo")
		if nested := customer.Get("customerInfo"); nested.Kind() == jsonrec.Object {
			customer = nested
		}
		date := customer.Get(key)
		year, okYear := cell.IntOf(date.Get("year"))
		month, okMonth := cell.IntOf(date.Get("month"))
		day, okDay := cell.IntOf(date.Get("day"))
		out.SetNull()
		if okYear && okMonth && okDay {
			out.SetString(fmt.Sprintf("%04d-%02d-%02d", year, month, day))
		}
	}
}
