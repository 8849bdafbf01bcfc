package httpapi

import (
	"bytes"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// leaveToTask takes out of the schemas that a task is checked against what task.Validate
// checks as well: values and required members. Validate names everything that is wrong at
// once; the library's first objection would hide the rest. Call it after what is published
// was written: that stays complete.
func leaveToTask(doc *huma.OpenAPI) {
	schemas := doc.Components.Schemas.Map()
	for name, fields := range taskDocs {
		schemas[name].Required = nil
		for field := range fields {
			schemas[name].Properties[field].Enum = nil
			schemas[name].Properties[field].PrecomputeMessages()
		}
		schemas[name].PrecomputeMessages()
	}
}

// schemaRef is a reference within the OpenAPI document.
var schemaRef = regexp.MustCompile(`#/components/schemas/([^"]+)`)

// schemaFiles serves each schema by itself, as it is now.
func schemaFiles(mux *http.ServeMux, doc *huma.OpenAPI) {
	files := map[string][]byte{}
	for name, schema := range doc.Components.Schemas.Map() {
		text, err := json.Marshal(schema)
		if err != nil {
			panic("encode schema of " + name + ": " + err.Error()) // of constants of ours: a test finds it
		}
		files[name+".json"] = schemaRef.ReplaceAll(text, []byte("/schemas/$1.json"))
	}
	mux.HandleFunc("GET /schemas/{schema}", func(w http.ResponseWriter, r *http.Request) {
		text, ok := files[strings.TrimSuffix(r.PathValue("schema"), ".json")+".json"]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/schema+json")
		_, _ = bytes.NewReader(text).WriteTo(w) // a reader who went away is no error of ours
	})
}
