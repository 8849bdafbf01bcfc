package account

import "time"

// Test is what a test of a source or destination found, in words for people. The last one is
// kept with what was tested until that is changed.
type Test struct {
	At      time.Time  `json:"at,omitzero"`       // when it ended; set where it is kept
	Version int        `json:"version,omitempty"` // of what was tested
	OK      bool       `json:"ok"`
	Problem string     `json:"problem,omitempty"`
	Kind    string     `json:"kind,omitempty"`  // fault.Kind of the problem
	Steps   []TestStep `json:"steps,omitempty"` // those that were tried, in order
	Notes   []string   `json:"notes,omitempty"`
	Can     *Can       `json:"can,omitempty"` // of a destination that passed
}

// TestStep is one step of a test and how it went.
type TestStep struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Note   string `json:"note,omitempty"`   // what could not be done, and what that means
	Millis int64  `json:"millis,omitempty"` // that it took; absent where another's request showed it
}

// Can is what a destination was found to offer.
type Can struct {
	Atomic bool `json:"atomic"` // a finished file appears under its final name at once
	Look   bool `json:"look"`   // files can be looked at: whether they are there, and their sizes
	Read   bool `json:"read"`   // files can be read back
	Rename bool `json:"rename"`
	Delete bool `json:"delete"`
	Verify int  `json:"verify"` // the best level of verification
}
