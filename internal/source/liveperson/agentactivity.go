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

// AgentActivity is the resource of agents' status changes.
const AgentActivity = "agent_activity"

// agentActivity reads the flat form of the Agent Activity API (Get Status Changes, version
// 2), which allows a month at once and 5,000 changes a page. The answer names no count.
var agentActivity = paged{
	api: activityAPI, path: "/api/v2/account/{account}/status-changes", array: "stateChanges",
	limit: 5000, span: 24 * time.Hour, // a day: what a slice holds in memory, and reads again after a failure, stays small
	query: func(from, to int64) url.Values {
		return url.Values{"v": {"2"}, "from": {rfc3339(from)}, "to": {rfc3339(to)}}
	},
	records: statusChange,
}

// statusChange is one record. Its identity is agent, session, sequence, time and type: the
// first two events of a login carry session -1, so that less does not tell them from those
// of another login. The id sorts by agent, then sequence.
func statusChange(raw []byte, give func(source.Record) error) (string, error) {
	var c struct {
		AgentID        json.Number `json:"agentId"`
		SessionID      json.Number `json:"sessionId"`
		SequenceNumber *int64      `json:"sequenceNumber"`
		StatusType     *int64      `json:"statusType"`
		Time           time.Time   `json:"time"`
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return "", fault.New(fault.SchemaMismatch, "a status change cannot be read: %w", err)
	}
	agent, err := c.AgentID.Int64()
	if err != nil || c.Time.IsZero() || c.SequenceNumber == nil || c.StatusType == nil {
		return "", fault.New(fault.SchemaMismatch, "a status change has no agentId, time, sequenceNumber or statusType (agent %q)", c.AgentID)
	}
	var tight bytes.Buffer
	if err := json.Compact(&tight, raw); err != nil {
		return "", fault.New(fault.SchemaMismatch, "a status change cannot be read: %w", err)
	}
	at := c.Time.UnixMilli()
	id := fmt.Sprintf("%012d:%06d:%s:%d:%d", agent, *c.SequenceNumber, c.SessionID, at, *c.StatusType)
	return id, give(source.Record{Order: at, At: at, Raw: tight.Bytes(), ID: id})
}

func rfc3339(ms int64) string {
	return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z07:00")
}
