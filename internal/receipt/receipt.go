package receipt

import (
	"time"

	"transporter/internal/contract"
)

// Receipt proves that one leg was delivered: what was sent, where it is, how it was
// checked. It holds no secret.
type Receipt struct {
	Delivery contract.Delivery `json:"delivery"`
	Report   string            `json:"report"` // id@version
	Format   string            `json:"format"`
	Files    []File            `json:"files"`
	Counts   Counts            `json:"counts"`
	Keys     []string          `json:"keys,omitempty"` // OpenPGP fingerprints encrypted to
	Asked    int               `json:"asked"`          // verification level
	Reached  int               `json:"reached"`
	Note     string            `json:"note,omitempty"`
	Location string            `json:"location"`
	Atomic   bool              `json:"atomic"` // files appeared under their names at once

	Accepted *contract.Acceptance `json:"accepted,omitempty"` // what an operator took as it is
	Kept     *contract.Kept       `json:"kept,omitempty"`     // of the whole run: what a redelivery starts from

	PlanSHA     string    `json:"planSha256"`     // of the staged plan
	RenderedSHA string    `json:"renderedSha256"` // of the index of rendered parts
	WrittenAt   time.Time `json:"writtenAt"`
	WorkflowID  string    `json:"workflowId"`
}

// File is one delivered file. Size and SHA256 (hex) are of the bytes that arrived.
type File struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
	Rows   int64  `json:"rows"`
	Part   int    `json:"part"` // from 1
}

// Counts reconciles a delivery from the source's own count to the rows that arrived.
type Counts struct {
	SourceTotal int64 `json:"sourceTotal"`
	Fetched     int64 `json:"fetched"`
	Kept        int64 `json:"kept"`
	Duplicates  int64 `json:"duplicates"`
	Entries     int64 `json:"entries"` // source records rendered
	Rows        int64 `json:"rows"`
	LeftOut     int64 `json:"leftOut,omitempty"`  // records in quarantine that were accepted
	Replaced    int64 `json:"replaced,omitempty"` // characters written as another: broken ones, or as the task lets them be
}

// Claim names the workflow that works on one attempt of a delivery.
type Claim struct {
	Delivery   contract.Delivery `json:"delivery"`
	Attempt    int               `json:"attempt"` // from 1
	WorkflowID string            `json:"workflowId"`
	RunID      string            `json:"runId"`

	Accept *contract.Acceptance `json:"accept,omitempty"` // what the attempt was told to take
	Look   time.Time            `json:"look,omitzero"`    // the check that it makes of a delivered window
	At     time.Time            `json:"at"`
}
