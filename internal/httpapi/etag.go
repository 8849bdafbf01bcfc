package httpapi

import (
	"strconv"
	"strings"

	"transporter/internal/contract"
	"transporter/internal/fault"
)

// Creation is what every POST that makes a thing takes.
type Creation struct {
	IdempotencyKey string `header:"Idempotency-Key" maxLength:"100" doc:"Any text of yours, new for each thing: a repeat with the same text returns the first answer and makes nothing." example:"nightly-export-1"`
}

func (c Creation) write() contract.Write { return contract.Write{IdemKey: c.IdempotencyKey} }

// Change is what every PUT and DELETE takes.
type Change struct {
	IfMatch        string `header:"If-Match" maxLength:"64" doc:"The ETag that you read: the change is refused with 412 if somebody changed the thing since. Absent or * changes whatever is there." example:"\"3\""`
	IdempotencyKey string `header:"Idempotency-Key" maxLength:"100" doc:"Any text of yours, new for each change: a repeat with the same text changes nothing."`
}

func (c Change) write() (contract.Write, error) {
	w := contract.Write{IdemKey: c.IdempotencyKey, IfVersion: contract.AnyVersion}
	if c.IfMatch == "" || c.IfMatch == "*" {
		return w, nil
	}
	v, err := strconv.Atoi(strings.Trim(strings.TrimPrefix(c.IfMatch, "W/"), `"`))
	if err != nil || v < 0 {
		return w, stale("it is not an ETag of ours")
	}
	w.IfVersion = v
	return w, nil
}

// checkVersion refuses a write whose If-Match is not the thing's version.
func checkVersion(w contract.Write, have int) error {
	if w.IfVersion != contract.AnyVersion && w.IfVersion != have {
		return stale("somebody changed it since you read it")
	}
	return nil
}

func stale(why string) error {
	return fault.New(fault.Conflict, "%s", why).WithField(fieldIfMatch).
		WithFix("read it again, and send the ETag of that answer")
}

func etag(version int) string { return `"` + strconv.Itoa(version) + `"` }
