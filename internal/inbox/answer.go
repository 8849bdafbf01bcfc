package inbox

import "net/http"

// result is what becomes of a delivery.
type result string

const (
	accepted result = "accepted" // durable
	refused  result = "refused"  // not one of an app of ours
	busy     result = "busy"     // too many at once
	failed   result = "failed"   // not durable in time
)

// Answers are fixed bytes, so that no refusal tells which check it failed.
const (
	refusal = `{"type":"about:blank","title":"Forbidden","status":403,"detail":"this is no delivery of an app of ours"}` + "\n"
	later   = `{"type":"about:blank","title":"Service Unavailable","status":503,"detail":"the delivery could not be made durable in time: send it again"}` + "\n"
)

func (r result) write(w http.ResponseWriter) {
	switch r {
	case accepted:
		w.WriteHeader(http.StatusOK)
	case refused:
		problem(w, http.StatusForbidden, refusal)
	default:
		w.Header().Set("Retry-After", "1")
		problem(w, http.StatusServiceUnavailable, later)
	}
}

func problem(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text)) // the sender is gone: nobody to tell
}
