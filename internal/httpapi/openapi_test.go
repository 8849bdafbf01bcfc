package httpapi_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"transporter/internal/contract"
	"transporter/internal/httpapi"
)

// documented is a server without anything behind it: the document needs nothing.
func documented(t *testing.T) *httpapi.Server {
	t.Helper()
	return httpapi.New(httpapi.Config{Token: httpapi.NewToken(token), Now: time.Now, Log: slog.New(slog.DiscardHandler), Version: "1.2.3"})
}

func get(t *testing.T, h http.Handler, path string) *httptest.ResponseRecorder {
	t.Helper()
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, path, nil))
	require.Equal(t, http.StatusOK, rec.Code, path)
	return rec
}

// routes is the contract of the API: design and documentation name these.
var routes = `
GET /healthz
GET /readyz
GET /v1/accounts
GET /v1/accounts/{a}
GET /v1/accounts/{a}/apps
POST /v1/accounts/{a}/apps
GET /v1/accounts/{a}/apps/{id}
PUT /v1/accounts/{a}/apps/{id}
DELETE /v1/accounts/{a}/apps/{id}
POST /v1/accounts/{a}/apps/{id}/enable
POST /v1/accounts/{a}/apps/{id}/disable
GET /v1/accounts/{a}/apps/{id}/installation
POST /v1/webhooks/liveperson/{account}/{app}
POST /notifications/event
GET /v1/accounts/{a}/destinations
GET /v1/accounts/{a}/destinations/{id}
GET /v1/accounts/{a}/keys
GET /v1/accounts/{a}/keys/{id}
POST /v1/accounts/{a}/destinations/{id}/credential-record
GET /v1/accounts/{a}/feeds
GET /v1/accounts/{a}/feeds/{feed}/leaves
GET /v1/accounts/{a}/feeds/{feed}/schema
POST /v1/accounts/{a}/feeds/{feed}/schema/release
GET /v1/accounts/{a}/runs
GET /v1/accounts/{a}/runs/{run}
GET /v1/accounts/{a}/runs/{run}/files/{n}
GET /v1/accounts/{a}/runs/{run}/links
GET /d/{signed}
GET /v1/accounts/{a}/settings
GET /v1/accounts/{a}/signer
GET /v1/accounts/{a}/sources
GET /v1/accounts/{a}/sources/{id}
GET /v1/accounts/{a}/tasks
GET /v1/accounts/{a}/tasks/{id}
GET /v1/accounts/{a}/tasks/{id}/preview
GET /v1/accounts/{a}/conversations
GET /v1/accounts/{a}/conversations/{id}
GET /v1/accounts/{a}/conversations/{id}/events
GET /v1/accounts/{a}/conversations/{id}/files/{position}
GET /v1/accounts/{a}/conversations/{id}/messages
GET /v1/reports
GET /v1/reports/{report}
GET /v1/reports/{report}/sample
GET /v1/vendors
GET /v1/vendors/{vendor}
GET /v1/zones
POST /v1/accounts
POST /v1/accounts/{a}/destinations
POST /v1/accounts/{a}/destinations/{id}/test
POST /v1/accounts/{a}/keys
POST /v1/accounts/{a}/runs/{run}/accept
POST /v1/accounts/{a}/runs/{run}/links/{link}/revoke
POST /v1/accounts/{a}/runs/{run}/redeliver
POST /v1/accounts/{a}/runs/{run}/resume
GET /v1/accounts/{a}/plan
GET /v1/accounts/{a}/alerts
GET /v1/accounts/{a}/notifications
PUT /v1/accounts/{a}/notifications
PUT /v1/accounts/{a}/plan
POST /v1/accounts/{a}/file-names
POST /v1/accounts/{a}/task-actions
GET /v1/accounts/{a}/tasks/{id}/coverage/certificate
GET /v1/accounts/{a}/tasks/{id}/coverage
GET /v1/signing-key
GET /v1/accounts/{a}/tasks/{id}/backfills
POST /v1/accounts/{a}/tasks/{id}/backfills
GET /v1/accounts/{a}/tasks/{id}/backfills/{b}
POST /v1/accounts/{a}/tasks/{id}/backfills/{b}/cancel
POST /v1/accounts/{a}/tasks/{id}/backfills/{b}/pause
POST /v1/accounts/{a}/tasks/{id}/backfills/{b}/resume
POST /v1/accounts/{a}/tasks/{id}/copy
POST /v1/accounts/{a}/tasks/{id}/reset
POST /v1/accounts/{a}/tasks/{id}/upgrade
POST /v1/accounts/{a}/signer
POST /v1/accounts/{a}/sources
POST /v1/accounts/{a}/sources/import
POST /v1/accounts/{a}/sources/{id}/test
POST /v1/accounts/{a}/tasks
POST /v1/accounts/{a}/tasks/{id}/disable
POST /v1/accounts/{a}/tasks/{id}/enable
POST /v1/accounts/{a}/tasks/{id}/run
POST /v1/accounts/{a}/conversations
POST /v1/accounts/{a}/conversations/{id}/change
POST /v1/accounts/{a}/conversations/{id}/close
POST /v1/accounts/{a}/conversations/{id}/files
POST /v1/accounts/{a}/conversations/{id}/messages
POST /v1/accounts/{a}/conversations/{id}/relay
POST /v1/accounts/{a}/conversations/{id}/statuses
POST /v1/accounts/{a}/conversations/{id}/typing
PUT /v1/accounts/{a}/destinations/{id}
PUT /v1/accounts/{a}/keys/{id}
PUT /v1/accounts/{a}/settings
PUT /v1/accounts/{a}/sources/{id}
PUT /v1/accounts/{a}/tasks/{id}
DELETE /v1/accounts/{a}
DELETE /v1/accounts/{a}/destinations/{id}
DELETE /v1/accounts/{a}/keys/{id}
DELETE /v1/accounts/{a}/sources/{id}
DELETE /v1/accounts/{a}/tasks/{id}`

func TestOpenAPIDocumentsEveryRoute(t *testing.T) {
	s := documented(t)
	var doc struct {
		OpenAPI string
		Info    struct{ Version string }
		Paths   map[string]map[string]struct {
			Summary     string
			OperationID string
			Responses   map[string]json.RawMessage
			Security    []map[string][]string
			Parameters  []struct{ Name, Description string }
		}
	}
	require.NoError(t, json.Unmarshal(get(t, s, "/openapi.json").Body.Bytes(), &doc))
	require.True(t, strings.HasPrefix(doc.OpenAPI, "3.1"), doc.OpenAPI)
	require.Equal(t, "1.2.3", doc.Info.Version)
	var have []string
	for path, verbs := range doc.Paths {
		for verb, op := range verbs {
			route := strings.ToUpper(verb) + " " + path
			have = append(have, route)
			require.NotEmpty(t, op.Summary, route)
			require.NotEmpty(t, op.OperationID, route)
			for _, p := range op.Parameters {
				require.NotEmpty(t, p.Description, route+" "+p.Name)
			}
			for _, status := range []string{"401", "500", "503"} {
				webhook := strings.HasPrefix(path, "/v1/webhooks/") || path == "/notifications/event" // what goes wrong there is to come again
				if (status != "401" || op.Security == nil) && (status != "500" || !webhook) {         // a link needs no token
					require.Contains(t, op.Responses, status, route)
				}
			}
		}
	}
	require.ElementsMatch(t, strings.Split(strings.TrimSpace(routes), "\n"), have)
}

func TestOpenAPIReferencesResolve(t *testing.T) {
	s := documented(t)
	text := get(t, s, "/openapi.json").Body.String()
	schemas := s.OpenAPI().Components.Schemas.Map()
	references := regexp.MustCompile(`"\$ref":"#/components/schemas/([^"]+)"`).FindAllStringSubmatch(text, -1)
	require.NotEmpty(t, references)
	for _, ref := range references {
		require.Contains(t, schemas, ref[1])
	}
}

func TestExamplesFitTheirSchemas(t *testing.T) {
	doc := documented(t).OpenAPI()
	for _, name := range []string{"Account", "Source", "DestinationSftp", "DestinationStore", "Key", "Task", "RunRequest"} {
		t.Run(name, func(t *testing.T) {
			schema := doc.Components.Schemas.Map()[name]
			require.NotEmpty(t, schema.Examples)
			require.Empty(t, violations(doc, schema, schema.Examples[0]))
			broken := map[string]any{"colour": "red"}
			require.NotEmpty(t, violations(doc, schema, broken), "the check must be able to fail")
		})
	}
}

func violations(doc *huma.OpenAPI, schema *huma.Schema, value any) []error {
	result := &huma.ValidateResult{}
	huma.Validate(doc.Components.Schemas, schema, huma.NewPathBuffer(nil, 0), huma.ModeWriteToServer, value, result)
	return result.Errors
}

func TestEveryFieldThatPeopleSendIsDocumented(t *testing.T) {
	schemas := documented(t).OpenAPI().Components.Schemas.Map()
	for _, name := range []string{
		"Account", "Settings", "Source", "SourceCredentials", "OAuth1", "SourceLogin", "SourceApp", "RateLimits", "DestinationStore",
		"DestinationSftp", "DestinationSftpCredentials", "Key", "Task", "Frequency", "Formatting", "MetadataHeader", "Parts", "Leg", "Encryption", "RunRequest",
		"ConversationRequest", "Campaign", "MessageRequest", "StatusRequest", "TypingRequest", "CloseRequest", "ChangeRequest", "ResponseTime",
	} {
		require.Contains(t, schemas, name)
		require.Equal(t, false, schemas[name].AdditionalProperties, name+" refuses unknown fields")
		for field, property := range schemas[name].Properties {
			require.NotEmpty(t, property.Description, name+"."+field)
		}
	}
}

func TestDocsPageNeedsNoNetwork(t *testing.T) {
	s := documented(t)
	res := get(t, s, "/docs")
	page := res.Body.String()
	require.Contains(t, res.Header().Get("Content-Security-Policy"), "default-src 'none'")
	require.NotContains(t, page, "<script")
	require.NotRegexp(t, `(src|href)="(https?:)?//`, page)
	for _, path := range []string{"/v1/accounts/{a}/tasks/{id}/preview", "Idempotency-Key", "metadataHeader"} {
		require.Contains(t, page, path)
	}
	for _, ref := range regexp.MustCompile(`href="(/schemas/[^"]+)"`).FindAllStringSubmatch(page, -1) {
		var schema struct{ Type string }
		require.NoError(t, json.Unmarshal(get(t, s, ref[1]).Body.Bytes(), &schema), ref[1])
		require.NotEmpty(t, schema.Type, ref[1])
	}
}

func TestTokenFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "folder", "token")
	first, err := httpapi.OpenToken(path)
	require.NoError(t, err)
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	text, err := httpapi.ReadToken(path)
	require.NoError(t, err)
	require.True(t, first.Equal(text))
	require.False(t, first.Equal(text+"x"))
	again, err := httpapi.OpenToken(path)
	require.NoError(t, err)
	require.Equal(t, first, again)

	require.NoError(t, os.WriteFile(path, []byte("short"), 0o600))
	_, err = httpapi.OpenToken(path)
	require.ErrorContains(t, err, path)
}

func TestRunIDsAreTheWorkflowIDsInOtherWords(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		task := rapid.StringMatching(`[0-7][0-9A-HJKMNP-TV-Z]{25}`).Draw(t, "task")
		generation := rapid.IntRange(1, 5000).Draw(t, "generation")
		fire := time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "fire"), 0)
		revision, attempt := rapid.IntRange(0, 50).Draw(t, "revision"), rapid.IntRange(1, 50).Draw(t, "attempt")
		id := contract.RunID("acc", task, generation, fire, revision, attempt)
		name, ok := httpapi.RunName(id)
		if !ok {
			t.Fatalf("%s is not taken for a run", id)
		}
		back, err := httpapi.WorkflowID("acc", name)
		if err != nil || back != id {
			t.Fatalf("%s became %s, %v", id, back, err)
		}
	})
}
