package httpapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/contract"
	"transporter/internal/conversation"
	"transporter/internal/fault"
	"transporter/internal/httpapi"
	"transporter/internal/journal"
	"transporter/internal/seal"
	"transporter/internal/store"
)

// nobodys are conversations of which there is none.
type nobodys struct{ httpapi.Conversations }

func (nobodys) Command(context.Context, contract.ConversationRef, string, any) (contract.SendOut, error) {
	return contract.SendOut{}, fault.New(fault.NotFound, "no such workflow")
}

func (nobodys) Conversation(context.Context, contract.ConversationRef) (conversation.View, error) {
	return conversation.View{}, fault.New(fault.NotFound, "no such workflow")
}

func TestWrongRequestsOfConversationsAreNamed(t *testing.T) {
	st, err := store.NewFile(t.TempDir())
	require.NoError(t, err)
	ring, err := seal.GenerateRing("records")
	require.NoError(t, err)
	server := httptest.NewServer(httpapi.New(httpapi.Config{
		Accounts: oneAccount{}, Journal: journal.New(st, seal.NewBox(ring)), Conversations: nobodys{}, Token: httpapi.NewToken(token),
		Now: time.Now, Log: slog.New(slog.DiscardHandler), Version: "test",
	}))
	t.Cleanup(server.Close)
	const (
		here     = "/v1/accounts/" + seedAccount + "/conversations/5491244f-e462"
		nowhere  = "/v1/accounts/01JD3Z9QK8V6C3N5T7W9Y1B3D6/conversations/5491244f-e462"
		asJSON   = "application/json"
		png      = "image/png"
		megabyte = 1 << 20
	)
	for name, c := range map[string]struct {
		method, path, kind, body, preview string
		status                            int
		location, says                    string
	}{
		"text and event":        {http.MethodPost, here + "/messages", asJSON, `{"text":"a","event":{"type":"ContentEvent"}}`, "", 422, "body.text", "give either text or event"},
		"metadata of a number":  {http.MethodPost, here + "/messages", asJSON, `{"text":"a","metadata":[1]}`, "", 422, "body.metadata", "must be a list of objects"},
		"skill and ttr":         {http.MethodPost, here + "/change", asJSON, `{"skill":"1","ttr":{"type":"NORMAL","seconds":1}}`, "", 422, "body.skill", "give either skill or ttr"},
		"all of a dialog":       {http.MethodPost, here + "/close", asJSON, `{"what":"all","dialog":"d"}`, "", 422, "body.dialog", "closed with what: dialog"},
		"a dialog of nothing":   {http.MethodPost, here + "/close", asJSON, `{"dialog":"d"}`, "", 422, "body.dialog", "closed with what: dialog"},
		"text as preview":       {http.MethodPost, here + "/files", png, "image", "small", 422, "header.X-Preview", "must be an image as a data URI"},
		"large file":            {http.MethodPost, here + "/files", png, strings.Repeat("x", 4*megabyte), "", 413, "", "larger than 3072 KiB"},
		"large message":         {http.MethodPost, here + "/messages", asJSON, strings.Repeat("x", 2*megabyte), "", 413, "", "larger than 1024 KiB"},
		"no file":               {http.MethodPost, here + "/files", png, "", "", 400, "", "the request has no body: send what /docs describes"},
		"message to nobody":     {http.MethodPost, here + "/messages", asJSON, `{"text":"a"}`, "", 404, "path.id", "there is no conversation"},
		"message to no account": {http.MethodPost, nowhere + "/messages", asJSON, `{"text":"a"}`, "", 404, "path.a", "there is no account"},
		"no account":            {http.MethodGet, nowhere, "", "", "", 404, "path.a", "there is no account"},
		"events of nobody":      {http.MethodGet, here + "/events", "", "", "", 404, "path.id", "there is no conversation"},
		"events of no id":       {http.MethodGet, "/v1/accounts/" + seedAccount + "/conversations/a%20b/events", "", "", "", 422, "path.id", "it must be the platform's id"},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
			defer cancel()
			req, err := http.NewRequestWithContext(ctx, c.method, server.URL+c.path, bytes.NewReader([]byte(c.body)))
			require.NoError(t, err)
			for key, value := range map[string]string{
				"Authorization": "Bearer " + token, "Idempotency-Key": "k", "Content-Type": c.kind, "X-Preview": c.preview,
			} {
				if value != "" {
					req.Header.Set(key, value)
				}
			}
			res, err := http.DefaultClient.Do(req)
			require.NoError(t, err)
			defer res.Body.Close()
			require.Equal(t, c.status, res.StatusCode)
			body, err := io.ReadAll(res.Body)
			require.NoError(t, err)
			var p httpapi.Problem
			require.NoError(t, json.Unmarshal(body, &p))
			require.Contains(t, p.Detail, c.says)
			if c.location != "" {
				require.Len(t, p.Errors, 1)
				require.Equal(t, c.location, p.Errors[0].Location)
			}
		})
	}
}
