package sandbox

import "net/http"

// grantedFeatures are what every account of the sandbox may do, by the names that a public app
// for connectors reads.
var grantedFeatures = []string{"Common.Async_Messaging"}

// featureGrants answers what the account may do, in the nesting that public clients unwrap.
func (s *Server) featureGrants(w http.ResponseWriter, r *http.Request) {
	if !versionOne(w, r) {
		return
	}
	data := make([]map[string]any, len(grantedFeatures))
	for i, name := range grantedFeatures {
		data[i] = map[string]any{"compoundFeatureID": name, "value": map[string]any{"value": true}}
	}
	of := map[string]any{"accountId": r.PathValue("account"), "itemsCollection": map[string]any{"data": data}}
	list := map[string]any{"accountList": []any{of}}
	writeJSON(w, http.StatusOK, map[string]any{"appDataList": []any{map[string]any{"accountList": list}}})
}
