package contract

// Doubt is what is known of a request to the platform that failed: whether it may have taken effect
// nevertheless. Every error of connector.open and connector.call has one in its details; the next
// request under the same key is given it, and looks for the effect first. Times are epoch milliseconds.
type Doubt struct {
	Since int64 `json:"since,omitempty"` // when the first attempt under the key began
	// Maybe is when the last request was made that may have taken effect; 0 if none was.
	Maybe int64 `json:"maybe,omitempty"`
	// Unknown says that an attempt left no word: it may have gone on to whatever comes next.
	Unknown bool `json:"unknown,omitempty"`
	// Opened is the conversation that is known to be open.
	Opened *OpenOut `json:"opened,omitempty"`
}

// None reports whether the request certainly did nothing that a repeat must know of.
func (d Doubt) None() bool { return d.Maybe == 0 && d.Opened == nil }
