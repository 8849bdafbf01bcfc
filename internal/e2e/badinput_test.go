package e2e

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	"github.com/stretchr/testify/require"

	"transporter/internal/apiclient"
	"transporter/internal/httpapi"
	"transporter/internal/pgp"
)

// leaks are the marks of an error that was passed on instead of explained: formatting
// accidents, words of libraries and of Temporal.
var leaks = regexp.MustCompile(`%!|<nil>|0x[0-9a-f]{6}|goroutine|panic|rpc error|activity error|json: |strconv\.|reflect|unmarshal`)

// requireClear judges an error as the person who has to act on it: short, in plain words,
// and with everything that it must name.
func requireClear(t *testing.T, text string, names ...string) {
	t.Helper()
	require.NotEmpty(t, text)
	require.Less(t, len(text), 600, text)
	require.NotRegexp(t, leaks, text)
	for _, name := range names {
		require.Contains(t, text, name)
	}
}

// refusal is what the API answers to a request that it does not accept.
type refusal struct {
	status int
	httpapi.Problem
}

// fields are the places that the refusal names, sorted.
func (r refusal) fields() []string {
	var names []string
	for _, issue := range r.Errors {
		names = append(names, strings.TrimPrefix(issue.Location, "body."))
	}
	slices.Sort(names)
	return names
}

// send posts a body as it is, and wants it refused.
func (b *brand) send(t *testing.T, path string, body []byte) refusal {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, b.APIURL()+"/v1/accounts/"+b.account+path, bytes.NewReader(body))
	require.NoError(t, err)
	token, err := b.Token()
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.GreaterOrEqual(t, res.StatusCode, http.StatusBadRequest, "accepted: %s", text)
	r := refusal{status: res.StatusCode}
	require.NoError(t, json.Unmarshal(text, &r.Problem), string(text))
	require.Equal(t, "application/problem+json", res.Header.Get("Content-Type"))
	return r
}

// TestBadInput gives one system everything that it must refuse, and one brand's account
// must be the same afterwards.
func TestBadInput(t *testing.T) {
	s := start(t, options{})
	b := s.brand(t)
	good := b.task(t, spec("msg.messages", "csv"))
	before := b.definitions(t)
	t.Run("task", func(t *testing.T) { testBadTasks(t, b) })
	t.Run("key", func(t *testing.T) { testUnfitKeys(t, b) })
	t.Run("window", func(t *testing.T) { testBadWindows(t, b, good) })
	t.Run("deletion", func(t *testing.T) { testDeletionOfWhatIsUsed(t, b, good) })
	require.JSONEq(t, before, b.definitions(t), "what was refused left a trace")
}

// definitions is everything that the account holds, as JSON.
func (b *brand) definitions(t *testing.T) string {
	t.Helper()
	all := map[string]any{}
	var err error
	all["sources"], err = b.api.Sources(b.account).List(t.Context())
	require.NoError(t, err)
	all["destinations"], err = b.api.Destinations(b.account).List(t.Context())
	require.NoError(t, err)
	all["keys"], err = b.api.Keys(b.account).List(t.Context())
	require.NoError(t, err)
	tasks, err := b.api.Tasks(b.account).List(t.Context())
	require.NoError(t, err)
	all["tasks"] = tasks
	text, err := json.Marshal(all)
	require.NoError(t, err)
	return string(text)
}

func testBadTasks(t *testing.T, b *brand) {
	for name, c := range map[string]struct {
		body   func(map[string]any) []byte
		status int
		fields []string
		says   []string
	}{
		"cut off": {
			body:   func(m map[string]any) []byte { return encode(m)[:40] },
			status: http.StatusBadRequest, fields: []string{"body"}, says: []string{"not JSON"},
		},
		"two megabytes": {
			body:   func(m map[string]any) []byte { m["description"] = strings.Repeat("x", 2<<20); return encode(m) },
			status: http.StatusRequestEntityTooLarge, says: []string{"1024 KiB", "send less"},
		},
		"unknown field": {
			body:   func(m map[string]any) []byte { m["formatt"] = "csv"; return encode(m) },
			status: http.StatusUnprocessableEntity, fields: []string{"formatt"}, says: []string{"formatt", "unknown field"},
		},
		"unknown report": {
			body:   func(m map[string]any) []byte { m["report"] = "msg.mesages"; return encode(m) },
			status: http.StatusUnprocessableEntity, fields: []string{"report"}, says: []string{"report", "msg.mesages", "did you mean msg.messages?"},
		},
		"unknown destination": {
			body: func(m map[string]any) []byte {
				m["destinations"].([]any)[1].(map[string]any)["destination"] = "01JD40K7M5Q3ZB1A9C8E7G6J4K"
				return encode(m)
			},
			status: http.StatusUnprocessableEntity, fields: []string{"destinations[1].destination"}, says: []string{"01JD40K7M5Q3ZB1A9C8E7G6J4K"},
		},
		"no encryption chosen": {
			body: func(m map[string]any) []byte {
				delete(m["destinations"].([]any)[0].(map[string]any), "encryption")
				return encode(m)
			},
			status: http.StatusUnprocessableEntity, fields: []string{"destinations[0].encryption.mode"}, says: []string{"encryption", "missing", "pgp"},
		},
		"wrong type": {
			body:   func(m map[string]any) []byte { m["zone"] = 3; return encode(m) },
			status: http.StatusUnprocessableEntity, fields: []string{"zone"}, says: []string{"zone", "string"},
		},
		"end before start": {
			body:   func(m map[string]any) []byte { m["end"] = "2026-01-01T00:00:00Z"; return encode(m) },
			status: http.StatusUnprocessableEntity, fields: []string{"end"}, says: []string{"end", "not after the start", "give a later end"},
		},
		"older than the source keeps": {
			body:   func(m map[string]any) []byte { m["start"] = "2020-01-01T00:00:00Z"; return encode(m) },
			status: http.StatusUnprocessableEntity, fields: []string{"start"}, says: []string{"start", "reaches back", "give a start at or after"},
		},
		"everything at once": {
			body: func(m map[string]any) []byte {
				m["zone"], m["format"], m["source"], m["description"] = "Europe/Madird", "pdf", "nobody", " "
				m["frequency"] = map[string]any{"kind": "interval", "every": "7m"}
				m["parameters"] = map[string]any{"time_basis": "middle", "colour": "red"}
				m["destinations"].([]any)[0].(map[string]any)["path"] = "../outside"
				m["destinations"].([]any)[1].(map[string]any)["encryption"] = map[string]any{"mode": "rot13"}
				return encode(m)
			},
			status: http.StatusUnprocessableEntity,
			fields: []string{
				"description", "destinations[0].path", "destinations[1].encryption.mode", "format", "frequency.every",
				"parameters.colour", "parameters.time_basis", "source", "zone",
			},
			says: []string{"Europe/Madrid", "csv"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := b.send(t, "/tasks", c.body(validTask(t, b)))
			require.Equal(t, c.status, r.status, r.Detail)
			require.Equal(t, c.fields, r.fields(), r.Detail)
			text := r.Detail
			if len(r.Errors) > 1 {
				for _, issue := range r.Errors {
					requireClear(t, issue.Message)
					text += "\n" + issue.Message
				}
				for _, part := range c.says {
					require.Contains(t, text, part)
				}
				return
			}
			requireClear(t, text, c.says...)
		})
	}
}

// validTask is a task that the API would accept, as a person's JSON.
func validTask(t *testing.T, b *brand) map[string]any {
	t.Helper()
	s := spec("msg.messages", "csv")
	s.Source, s.Destinations = b.source, b.legs("out")
	text, err := json.Marshal(s)
	require.NoError(t, err)
	var m map[string]any
	require.NoError(t, json.Unmarshal(text, &m))
	return m
}

func encode(m map[string]any) []byte {
	text, _ := json.Marshal(m) // a map of JSON values always encodes
	return text
}

func testUnfitKeys(t *testing.T, b *brand) {
	now := time.Now()
	expired, err := pgp.GenerateKey(pgp.Options{
		Name: "Old", Passphrase: passphrase, Algorithm: "ed25519", Now: now.AddDate(-2, 0, 0), Expires: now.AddDate(-1, 0, 0),
	})
	require.NoError(t, err)
	for name, c := range map[string]struct {
		armored string
		says    []string
	}{
		"revoked":   {strangeKey(t, 2048, (*openpgp.Entity).RevokeKey), []string{"armored", "revoked", "ask"}},
		"expired":   {expired.Public, []string{"armored", "expired", now.AddDate(-1, 0, 0).UTC().Format(time.DateOnly)}},
		"too small": {strangeKey(t, 1024, nil), []string{"armored", "1024", "2048"}},
		"private":   {receiver(t).Private, []string{"armored", "private key", "not stored", "public key"}},
		"garbage":   {"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nnonsense\n-----END PGP PUBLIC KEY BLOCK-----\n", []string{"armored", "public key"}},
		"a letter":  {"Dear all, please find our key attached.", []string{"armored", "public key", "-----BEGIN PGP PUBLIC KEY BLOCK-----"}},
	} {
		t.Run(name, func(t *testing.T) {
			body, err := json.Marshal(httpapi.Key{Description: "Receiver", Armored: c.armored})
			require.NoError(t, err)
			r := b.send(t, "/keys", body)
			require.Equal(t, http.StatusUnprocessableEntity, r.status)
			require.Equal(t, []string{"armored"}, r.fields())
			requireClear(t, r.Detail, c.says...)
		})
	}
}

// strangeKey makes a public key that this program would not make, and changes it.
func strangeKey(t *testing.T, bits int, change func(*openpgp.Entity, packet.ReasonForRevocation, string, *packet.Config) error) string {
	t.Helper()
	config := &packet.Config{RSABits: bits, Time: func() time.Time { return time.Now().Add(-time.Hour) }}
	entity, err := openpgp.NewEntity("Receiver", "", "receiver@example.com", config)
	require.NoError(t, err)
	if change != nil {
		require.NoError(t, change(entity, packet.KeyCompromised, "lost", config))
	}
	var out bytes.Buffer
	w, err := armor.Encode(&out, openpgp.PublicKeyType, nil)
	require.NoError(t, err)
	require.NoError(t, entity.Serialize(w))
	require.NoError(t, w.Close())
	return out.String()
}

func testBadWindows(t *testing.T, b *brand, good string) {
	now := time.Now().UTC().Truncate(time.Second)
	for name, c := range map[string]struct {
		from, to time.Time
		field    string
		says     []string
	}{
		"in the future": {now.Add(time.Hour), now.Add(2 * time.Hour), "window.to", []string{"not over yet", "it is "}},
		"backwards":     {now.Add(-time.Hour), now.Add(-2 * time.Hour), "window.to", []string{"not after from"}},
		"in fractions":  {now.Add(-time.Hour), now.Add(-time.Millisecond), "window.from", []string{"whole seconds"}},
	} {
		t.Run(name, func(t *testing.T) {
			body, err := json.Marshal(httpapi.RunRequest{Window: &httpapi.WindowView{From: c.from, To: c.to}})
			require.NoError(t, err)
			r := b.send(t, "/tasks/"+good+"/run", body)
			require.Equal(t, http.StatusUnprocessableEntity, r.status)
			require.Equal(t, []string{c.field}, r.fields())
			requireClear(t, r.Detail, c.says...)
		})
	}
	runs, err := b.api.Runs(t.Context(), b.account, apiclient.RunFilter{Task: good})
	require.NoError(t, err)
	require.Empty(t, runs, "a refused window has started a run")
}

// What a task uses cannot be taken away from under it.
func testDeletionOfWhatIsUsed(t *testing.T, b *brand, good string) {
	for what, remove := range map[string]func() error{
		"source":      func() error { return b.api.Sources(b.account).Delete(t.Context(), b.source, apiclient.Write{}) },
		"key":         func() error { return b.api.Keys(b.account).Delete(t.Context(), b.key, apiclient.Write{}) },
		"destination": func() error { return b.api.Destinations(b.account).Delete(t.Context(), b.partner, apiclient.Write{}) },
	} {
		t.Run(what, func(t *testing.T) {
			err := remove()
			var refused *apiclient.Error
			require.ErrorAs(t, err, &refused)
			require.Equal(t, http.StatusConflict, refused.Status)
			requireClear(t, err.Error(), what, "used by task "+good, "change or delete")
		})
	}
}
