package e2e

import (
	"time"

	"transporter/internal/fault"
	"transporter/internal/sandbox"
)

// Paths of the sandbox that faults are switched on for.
const (
	searchPath = "/messaging_history/api/account/" + platform + "/conversations/search"
	configPath = "/api/account/" + platform + "/configuration/"
	domainPath = "/api/account/" + platform + "/service/"
)

// trouble is something that the source does wrong and how a run under it must end: without
// a kind green, with a kind that cannot pass red of that kind at once, and with a kind that
// may pass neither, as long as it lasts.
type trouble struct {
	name  string
	fault sandbox.Fault
	want  fault.Kind
	// spoils says that pages are spoilt; it must not fall on the calls that only count.
	spoils bool
	// window is the shortest that has what is spoilt: a row, or a second page.
	window time.Duration
}

// Windows that surely have a row, and a second page.
const (
	someRows = 3 * time.Hour
	twoPages = 30 * time.Hour
)

func seconds(n int) *int { return &n }

// refusals are answers that never arrive whole, on any path.
func refusals(path string) []trouble {
	return []trouble{
		{name: "429 with Retry-After", fault: sandbox.Fault{Path: path, Kind: sandbox.TooManyRequests, Times: 2, RetryAfter: seconds(1)}},
		{name: "429 without Retry-After", fault: sandbox.Fault{Path: path, Kind: sandbox.TooManyRequests, Times: 2}},
		{name: "500", fault: sandbox.Fault{Path: path, Kind: sandbox.ServerError, Times: 2}},
		{name: "500 more often than one call bears", fault: sandbox.Fault{Path: path, Kind: sandbox.ServerError, Times: 6}},
		{name: "503", fault: sandbox.Fault{Path: path, Kind: sandbox.Unavailable, Times: 2}},
		{name: "503 with Retry-After", fault: sandbox.Fault{Path: path, Kind: sandbox.Unavailable, RetryAfter: seconds(1)}},
		{name: "slow body", fault: sandbox.Fault{Path: path, Kind: sandbox.SlowBody, Times: 2, DelayMS: 1500}},
		{name: "cut body", fault: sandbox.Fault{Path: path, Kind: sandbox.CutBody, Times: 2}},
		{name: "500 for good", fault: sandbox.Fault{Path: path, Kind: sandbox.ServerError, Forever: true}, want: fault.Upstream},
		{name: "401", fault: sandbox.Fault{Path: path, Kind: sandbox.Unauthorized, Forever: true}, want: fault.AuthFailed},
		{name: "403", fault: sandbox.Fault{Path: path, Kind: sandbox.Forbidden, Forever: true}, want: fault.PermissionDenied},
	}
}

// spoilings are pages that arrive and are wrong.
func spoilings() []trouble {
	return []trouble{
		{name: "one partial page", fault: sandbox.Fault{Path: searchPath, Kind: sandbox.PartialResult, Rows: 3}},
		{name: "partial records", fault: sandbox.Fault{Path: searchPath, Kind: sandbox.PartialRecord, Every: 2, Times: 3}},
		{name: "duplicate rows", fault: sandbox.Fault{Path: searchPath, Kind: sandbox.DuplicateRows, Forever: true, Rows: 5}},
		{name: "missing rows once", fault: sandbox.Fault{Path: searchPath, Kind: sandbox.MissingRows, Rows: 4}},
		{name: "wrong count once", fault: sandbox.Fault{Path: searchPath, Kind: sandbox.CountMismatch}},
		{name: "wrong count for good", fault: sandbox.Fault{Path: searchPath, Kind: sandbox.CountMismatch, Forever: true}, want: fault.CountMismatch},
		{name: "missing rows for good", fault: sandbox.Fault{Path: searchPath, Kind: sandbox.MissingRows, Forever: true}, want: fault.CountMismatch},
		{name: "partial pages for good", fault: sandbox.Fault{Path: searchPath, Kind: sandbox.PartialResult, Forever: true}, want: fault.PartialData},
		// A cut record is whole when it is asked for by its id, so this costs calls and no rows.
		{name: "a partial record in every page", fault: sandbox.Fault{Path: searchPath, Kind: sandbox.PartialRecord, Forever: true}},
	}
}

// troubles of reports that read conversations.
func troubles() []trouble {
	list := refusals(searchPath)
	for _, t := range spoilings() {
		t.spoils, t.window = true, someRows
		list = append(list, t)
	}
	return append(list,
		trouble{name: "count drift", fault: sandbox.Fault{Path: searchPath, Kind: sandbox.CountDrift}, window: twoPages},
		trouble{name: "500 now and then", fault: sandbox.Fault{Path: searchPath, Kind: sandbox.ServerError, Every: 2, Times: 4}},
		trouble{name: "look-up of the host fails", fault: sandbox.Fault{Path: domainPath, Kind: sandbox.ServerError, Times: 2}},
	)
}

// named picks a trouble of a list.
func named(list []trouble, name string) trouble {
	for _, t := range list {
		if t.name == name {
			return t
		}
	}
	panic("no such trouble: " + name)
}
