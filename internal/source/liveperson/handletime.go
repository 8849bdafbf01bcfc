package liveperson

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"time"

	"transporter/internal/fault"
	"transporter/internal/source"
)

// HandleTime is the resource of agent segments with their handle time, HandleBreakdown that
// of the single answers which it is the sum of.
const (
	HandleTime      = "handle_time"
	HandleBreakdown = "handle_time_breakdown"
)

var handleTimeAPI = api{
	service: "agentActivityDomain", title: "Actual Handle Time API",
	permission: "category Data, Workforce Management, Agent Activity API; the account manager enables it", blank: true,
}

// handleTime reads the segments that ended in the window (Actual Handle Time API, Get Agent
// Segments), which allows a week at once and 500 segments a page.
var handleTime = paged{
	api: handleTimeAPI, path: "/api/account/{account}/agent-segments", array: "segments",
	limit: 500, span: 24 * time.Hour, counted: true,
	query: func(from, to int64) url.Values {
		return url.Values{"fromMillis": {fmt.Sprint(from)}, "toMillis": {fmt.Sprint(to)}}
	},
	records: agentSegment,
}

func agentSegment(raw []byte, give func(source.Record) error) (string, error) {
	var x struct {
		SegmentID string `json:"segmentId"`
		EndTimeL  int64  `json:"endTimeL"`
	}
	if err := json.Unmarshal(raw, &x); err != nil {
		return "", fault.New(fault.SchemaMismatch, "an agent segment cannot be read: %w", err)
	}
	if x.SegmentID == "" || x.EndTimeL <= 0 {
		return "", fault.New(fault.SchemaMismatch, "an agent segment has no segmentId or endTimeL (id %q)", x.SegmentID)
	}
	var tight bytes.Buffer
	if err := json.Compact(&tight, raw); err != nil {
		return "", fault.New(fault.SchemaMismatch, "an agent segment cannot be read: %w", err)
	}
	return x.SegmentID, give(source.Record{Order: x.EndTimeL, At: x.EndTimeL, ID: x.SegmentID, Raw: tight.Bytes()})
}
