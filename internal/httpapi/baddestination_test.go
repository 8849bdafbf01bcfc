package httpapi_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/httpapi"
	"transporter/internal/task"
)

// Every refusal of a destination for HTTP or email names one field and the rule that it breaks,
// and makes nothing.
func testBadDestinations(t *testing.T, s *stack, f furnished) {
	type fields map[string]any
	long := strings.Repeat("a", 3000)
	for name, c := range map[string]struct {
		kind  string
		with  fields
		field string
		rule  []string
	}{
		"url that climbs":             {"http", fields{"url": "https://files.example.com/in/../{name}"}, "body.url", []string{"part . or ..", "write the folder that is meant"}},
		"url with an unknown field":   {"http", fields{"url": "https://files.example.com/{fil}"}, "body.url", []string{`no field "{fil}"`, "{file}", "{name}"}},
		"url in clear":                {"http", fields{"url": "http://files.example.com/{name}"}, "body.url", []string{"everybody on the way", "use https"}},
		"url with credentials":        {"http", fields{"url": "https://" + canary + "@files.example.com/{name}"}, "body.url", []string{"holds credentials", "auth basic"}},
		"url of another protocol":     {"http", fields{"url": "ftp://files.example.com/{name}"}, "body.url", []string{"https://files.example.com/incoming/{name}"}},
		"url that is too long":        {"http", fields{"url": "https://files.example.com/" + long}, "body.url", []string{"longer than 2000 characters"}},
		"one url for all files":       {"http", fields{"url": "https://files.example.com/in", "method": "PUT"}, "body.url", []string{"every PUT would replace", "{name}"}},
		"header of two lines":         {"http", fields{"headers": fields{"X-A": "1\r\nX-B: 2"}}, "body.headers.X-A", []string{"cannot hold", "visible ASCII"}},
		"header that is none":         {"http", fields{"headers": fields{"X A:": "1"}}, "body.headers.X A:", []string{"not the name of a header"}},
		"header of ours":              {"http", fields{"headers": fields{"Idempotency-Key": "1"}}, "body.headers.Idempotency-Key", []string{"sets this header itself"}},
		"parameter of unknown fields": {"http", fields{"parameters": fields{"p": "{rowz}"}}, "body.parameters.p", []string{`no field "{rowz}"`, "{rows}"}},
		"status that refuses":         {"http", fields{"accept": []int{404}}, "body.accept[0]", []string{"between 200 and 299"}},

		"no address":                   {"email", fields{"to": []string{"wfm"}}, "body.to[0]", []string{"no email address", "name@example.com"}},
		"an address with a name":       {"email", fields{"cc": []string{"Bob <bob@example.com>"}}, "body.cc[0]", []string{"no email address"}},
		"an address of two lines":      {"email", fields{"bcc": []string{"bob@example.com\r\nRCPT TO:<eve@example.com>"}}, "body.bcc[0]", []string{"one line"}},
		"an address that is too long":  {"email", fields{"to": []string{long + "@example.com"}}, "body.to[0]", []string{"longer than 254 characters"}},
		"nobody":                       {"email", fields{"to": []string{}}, "body.to", []string{"needs it"}},
		"subject of two lines":         {"email", fields{"subject": "Ready\r\nBcc: eve@example.com"}, "body.subject", []string{"one line"}},
		"subject of unknown fields":    {"email", fields{"subject": "{name}"}, "body.subject", []string{`no field "{name}"`, "{description}"}},
		"subject that is too long":     {"email", fields{"subject": long}, "body.subject", []string{"longer than 200 characters"}},
		"body of unknown fields":       {"email", fields{"body": "{passwort}"}, "body.body", []string{`no field "{passwort}"`, "{rows}"}},
		"life of no link":              {"email", fields{"linkDays": 7}, "body.linkDays", []string{"there are no links", "set link to true"}},
		"life longer than files":       {"email", fields{"link": true, "linkDays": 29}, "body.linkDays", []string{"between 1 and 28"}},
		"life longer than is kept":     {"email", fields{"link": true, "linkDays": keptDays + 1}, "body.linkDays", []string{"live for 15 days", "kept for 14", "give at most 14"}},
		"credentials that nobody uses": {"email", fields{"credentials": fields{"password": canary}}, "body.credentials.password", []string{"there are none"}},
	} {
		t.Run(name, func(t *testing.T) {
			body := map[string]fields{"http": {"url": "https://files.example.com/{name}"}, "email": {"to": []string{"wfm@example.com"}}}[c.kind]
			body["kind"], body["description"] = c.kind, "x"
			for k, v := range c.with {
				body[k] = v
			}
			text, err := json.Marshal(body)
			require.NoError(t, err)
			requireRefused(t, s.call(t, "POST", f.at+"/destinations", string(text)), c.field, c.rule...)
		})
	}
	testClearLinks(t, s, f)
	t.Run("as long as is kept", func(t *testing.T) {
		s.make(t, f.at+"/destinations", fmt.Sprintf(`{"kind":"email","description":"x","to":["wfm@example.com"],"link":true,"linkDays":%d}`, keptDays))
	})
}

// Links lead whoever has one to a file, so no task has clear files linked, whichever of the two
// was there first.
func testClearLinks(t *testing.T, s *stack, f furnished) {
	mail := func(link bool) string {
		text, err := json.Marshal(map[string]any{"kind": "email", "description": "Team", "to": []string{"wfm@example.com"}, "link": link})
		require.NoError(t, err)
		return string(text)
	}
	leg := func(id string) map[string]any {
		return map[string]any{"destinations": []task.Leg{{Destination: id, Encryption: task.Encryption{Mode: task.EncryptNone}}}}
	}
	linking := s.make(t, f.at+"/destinations", mail(true))
	requireRefused(t, s.call(t, "POST", f.at+"/tasks", f.taskBody(t, leg(linking))), "body.destinations[0].encryption.mode",
		"must be encrypted", "set it to pgp")
	plain := s.make(t, f.at+"/destinations", mail(false))
	used := s.make(t, f.at+"/tasks", f.taskBody(t, leg(plain)))
	requireRefused(t, s.call(t, "PUT", f.at+"/destinations/"+plain, mail(true), "If-Match", "*"), "body.link", "task "+used, "not encrypted", "give the task a key")
	require.Equal(t, 204, s.call(t, "DELETE", f.at+"/tasks/"+used, "", "If-Match", "*").status)
	var made httpapi.List[httpapi.TaskView]
	s.call(t, "GET", f.at+"/tasks", "").into(t, &made)
	require.Empty(t, made.Items)
}
