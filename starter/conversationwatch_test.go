package main

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/httpapi"
)

func TestEntriesAreSaidInALine(t *testing.T) {
	for text, want := range map[string]string{
		`{"kind":"content","role":"ASSIGNED_AGENT","sequence":2,"event":{"type":"ContentEvent","message":"Hello"}}`: "assigned agent 2: Hello",
		`{"kind":"content","role":"ASSIGNED_AGENT","sequence":3,"audience":"AGENTS_AND_MANAGERS","late":true,
			"event":{"type":"ContentEvent","message":"a note"}}`: "assigned agent 3: a note (for agents and managers only) (late)",
		`{"kind":"content","via":"send","sequence":4,"event":{"type":"ContentEvent","contentType":"hosted/file",
			"message":{"relativePath":"/v1/a.PNG","fileType":"PNG","preview":"data:image/png;base64,AAAA","caption":"mine"}}}`: "consumer 4: file /v1/a.PNG mine",
		`{"kind":"content","via":"send","sequence":5,"event":{"type":"ContentEvent","message":{"relativePath":"/v1/a.PNG"}}}`:        "consumer 5: file /v1/a.PNG",
		`{"kind":"status","role":"CONSUMER","sequence":6,"event":{"type":"AcceptStatusEvent","status":"READ","sequenceList":[2,3]}}`: "consumer READ [2 3]",
	} {
		var e httpapi.EntryView
		require.NoError(t, json.Unmarshal([]byte(text), &e))
		require.Equal(t, want, entryLine(e))
	}
}
