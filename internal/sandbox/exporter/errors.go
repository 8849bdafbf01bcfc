package exporter

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
)

// WriteError answers in the API's envelope; the code is the status and a sub-code
// (docs.asapp.com/getting-started/developers/error-handling).
func WriteError(w http.ResponseWriter, status, sub int, message string) {
	writeJSON(w, status, map[string]any{"error": map[string]string{
		"requestId": rand.Text(), "code": fmt.Sprintf("%d-%02d", status, sub), "message": message,
	}})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // a client that went away is no error of ours
}
