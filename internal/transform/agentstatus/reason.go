package agentstatus

import (
	"transporter/internal/transform/cell"
	"transporter/internal/transform/jsonrec"
)

// noReason is what the source writes for the id of no reason.
const noReason = "-1"

// Reasons knows the account's reasons by id. Rows are made of a change or a stay, which name
// the reason alike.
type Reasons struct {
	Text func(id []byte) []byte // nil for an id that the account does not list
	row  jsonrec.Value
}

// Reset goes to the next row.
func (r *Reasons) Reset(row jsonrec.Value) { r.row = row }

// Facts are the derived values, by their names in facts.yaml.
var Facts = map[string]func(r *Reasons, out *cell.Cell){
	"reason": (*Reasons).reason,
}

func (r *Reasons) reason(out *cell.Cell) {
	out.SetNull()
	if text := cell.TextOf(r.row.Get("statusReasonText")); text != nil {
		out.SetText(text)
		return
	}
	if id := cell.TextOf(r.row.Get("statusReasonId")); id != nil && string(id) != noReason {
		if text := r.Text(id); text != nil {
			out.SetText(text)
		}
	}
}
