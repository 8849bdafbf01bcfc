package liveperson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"transporter/internal/source"
)

const (
	// notYet is what the source writes for an end that has not come.
	notYet = -1
	// absent stands for a number that the source left out or filled with a placeholder
	// ("undefined", "null", "NA").
	absent = -2
)

// page is one answer of a search (Messaging Interactions API and Engagement History API,
// "Response"). Its records point into the body.
type page struct {
	count   int64 // matches of the whole search, absent if the answer names none
	partial bool  // shards failed: records are missing
	records []record
}

// record is what reading needs to know of a conversation or chat, beside its bytes.
type record struct {
	id              string // tells it from all others
	talk            string // what the platform finds it by: all engagements of a chat have the same
	sequence        string // place of the engagement in its chat
	start           int64
	end             int64 // moves when a survey closes
	conversationEnd int64
	fullDialogEnd   int64
	partial         bool   // cut by the server: to be read again by id
	spaced          bool   // raw holds white space between tokens
	withheld        bool   // it is too long to be held: raw is empty
	sum             string // of one that is withheld and has no id
	placed          bool   // its id is where it lies, for want of one
	raw             []byte // as it came
}

func newRecord() record {
	return record{sequence: "-", start: absent, end: absent, conversationEnd: absent, fullDialogEnd: absent}
}

// parsePage cuts the body into the records of the member of that name. Unknown members are passed over; whatever is
// not JSON is an error.
func parsePage(body []byte, records string) (page, error) {
	p := page{count: absent}
	s := scanner{b: body}
	err := s.object(func(key []byte) error {
		switch string(key) {
		case "_metadata":
			return p.metadata(&s)
		case records:
			if s.peek() == 'n' {
				return s.literal("null")
			}
			return s.array(func() error {
				r, err := scanRecord(&s)
				p.records = append(p.records, r)
				return err
			})
		default:
			return s.skip()
		}
	})
	if err != nil {
		return page{}, err
	}
	return p, s.end()
}

func (p *page) metadata(s *scanner) error {
	raw, err := s.value()
	if err != nil {
		return err
	}
	var meta struct {
		Count              *int64 `json:"count"`
		ShardsStatusResult struct {
			PartialResult bool `json:"partialResult"`
		} `json:"shardsStatusResult"`
	}
	if err := json.Unmarshal(raw, &meta); err != nil {
		return err
	}
	if meta.Count != nil {
		p.count = *meta.Count
	}
	p.partial = meta.ShardsStatusResult.PartialResult
	return nil
}

func scanRecord(s *scanner) (record, error) {
	r := newRecord()
	if s.peek() != '{' {
		return r, errors.New("a record is not an object")
	}
	from := s.i
	s.spaced = false
	err := s.object(func(key []byte) error {
		if string(key) == "info" && s.peek() == '{' {
			return s.object(func(key []byte) error { return r.info(s, key) })
		}
		return s.skip()
	})
	r.name()
	r.raw, r.spaced = s.b[from:s.i], s.spaced
	return r, err
}

// name makes the id of a chat's engagement, which is its row key.
func (r *record) name() {
	if r.id == "" && r.talk != "" {
		r.id = r.talk + ":" + r.sequence
	}
}

func (r *record) info(s *scanner, key []byte) error {
	raw, err := s.value()
	if err == nil {
		r.set(string(key), raw)
	}
	return err
}

// set takes a member of the record's info.
func (r *record) set(key string, raw []byte) {
	switch key {
	case "conversationId":
		r.id = string(plainText(raw))
		r.talk = r.id
	case "engagementId":
		r.talk = string(plainText(raw))
	case "engagementSequence":
		r.sequence = string(plainText(raw))
	case "startTimeL":
		r.start = millis(raw)
	case "endTimeL":
		r.end = millis(raw)
	case "conversationEndTimeL":
		r.conversationEnd = millis(raw)
	case "fullDialogEndTimeL":
		r.fullDialogEnd = millis(raw)
	case "isPartial":
		r.partial = string(plainText(raw)) == "true"
	}
}

// compact returns the record without white space between tokens, in buf's memory if it
// had any, and what stands for it if it is withheld.
func (r *record) compact(buf *bytes.Buffer) ([]byte, error) {
	switch {
	case r.withheld:
		return source.Withheld(fmt.Sprintf("the platform's answer with it alone has more than %d MiB, too much to be kept", hugePage>>20)), nil
	case !r.spaced:
		return r.raw, nil
	}
	buf.Reset()
	err := json.Compact(buf, r.raw)
	return buf.Bytes(), err
}

// millis reads epoch milliseconds, written as a number or as a string of digits.
func millis(raw []byte) int64 {
	n, err := strconv.ParseInt(string(plainText(raw)), 10, 64)
	if err != nil || n < notYet {
		return absent
	}
	return n
}

// plainText returns the text of a string value, and any other value as it is written.
func plainText(raw []byte) []byte {
	if len(raw) > 0 && raw[0] == '"' {
		return unquote(raw)
	}
	return raw
}
