package report

import (
	"encoding/json"
	"time"
)

// Modes: those of account configuration reports. Of the tables of a feed changes are told too.
const (
	ModeFull    = "full"    // every row
	ModeChanges = "changes" // the rows that were added, changed or removed since the snapshot before
	ModeAsOf    = "as_of"   // every row of an earlier snapshot
)

// Mode returns what the report delivers with the parameters: ModeFull where it takes no mode.
func (d *Definition) Mode(params Params) string {
	if d.FeedDelivery(params) == DeliveryChanges {
		return ModeChanges
	}
	var mode string
	if json.Unmarshal(d.Effective(params)[ParamMode], &mode) != nil {
		return ModeFull
	}
	return mode
}

// Snapshots reports whether what the report reads is kept, so that later runs can tell what
// has changed since, and deliver it again: it takes a mode.
func (d *Definition) Snapshots() bool { return d.parameter(ParamMode) != nil }

// AsOf returns the moment of ModeAsOf; ok is false in other modes. Parameters are those that
// CheckParameters has accepted.
func (d *Definition) AsOf(params Params) (at time.Time, ok bool) {
	if d.Mode(params) != ModeAsOf {
		return at, false
	}
	err := json.Unmarshal(params[ParamAsOf], &at)
	return at, err == nil
}
