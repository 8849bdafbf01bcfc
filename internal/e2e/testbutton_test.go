package e2e

import (
	"encoding/json"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/apiclient"
	"transporter/internal/httpapi"
	"transporter/internal/realtest"
	"transporter/internal/sshdtest"
)

// button is a destination whose test is started, with what it should tell.
type button struct {
	body  httpapi.Destination
	steps string
	can   *httpapi.Capabilities // nil: the test fails
	says  string                // of the problem
	left  func() int            // what lies there
}

// The test of a source or destination tells every step, leaves nothing behind, also after a
// step that fails, and what it found is kept until the destination is changed.
func TestButtons(t *testing.T) {
	t.Parallel()
	whole, fixed, blind := sshdtest.Start(t, ""), sshdtest.Start(t, "-P rename,posix-rename,hardlink"), sshdtest.Start(t, "-P read")
	store := realtest.StartS3(t)
	worker := []string{"--allow", strings.TrimPrefix(store.URL, "http://")}
	for _, server := range []*sshdtest.Server{whole, fixed, blind} {
		worker = append(worker, "--allow", server.Address())
	}
	b := start(t, options{worker: worker, sandbox: realClock}).brand(t)
	bucket := store.Bucket(t)
	all := map[string]button{
		"OpenSSH": {
			opensshBody(whole, false), "connect ok, log in ok, write ok, read back ok, rename ok, delete ok",
			&httpapi.Capabilities{Atomic: true, Look: true, Read: true, Rename: true, Delete: true, Verify: 3}, "", inOutbox(t, whole),
		},
		"OpenSSH without renaming": {
			opensshBody(fixed, false), "connect ok, log in ok, write ok, read back ok, rename failed", nil, "inPlace", inOutbox(t, fixed),
		},
		"OpenSSH that is written in place": {
			opensshBody(fixed, true), "connect ok, log in ok, write ok, read back ok, delete ok",
			&httpapi.Capabilities{Look: true, Read: true, Delete: true, Verify: 3}, "", inOutbox(t, fixed),
		},
		"OpenSSH without reading": {
			opensshBody(blind, false), "connect ok, log in ok, write ok, read back failed, rename ok, delete ok",
			&httpapi.Capabilities{Atomic: true, Look: true, Rename: true, Delete: true, Verify: 1}, "", inOutbox(t, blind),
		},
		"S3": {
			s3Button(store, bucket), "connect ok, log in ok, write ok, read back ok, rename ok, delete ok",
			&httpapi.Capabilities{Atomic: true, Look: true, Read: true, Rename: true, Delete: true, Verify: 3}, "", inBucket(t, store, bucket),
		},
		"S3 without a bucket": {
			s3Button(store, "missing"), "connect ok, log in ok, write failed", nil, "create the bucket", inBucket(t, store, bucket),
		},
		"the cloud store": {
			httpapi.Destination{Kind: "store", Description: "Store"},
			"write ok, read back ok, rename ok, delete ok",
			&httpapi.Capabilities{Atomic: true, Look: true, Read: true, Rename: true, Delete: true, Verify: 3}, "",
			func() int { return len(filesIn(t, filepath.Join(b.StoreDir(), "cloud"), nil)) },
		},
	}
	for name, x := range all {
		t.Run(name, func(t *testing.T) { b.press(t, x) })
	}
	t.Run("source", b.pressSource)
	t.Run("source with a login and an app", b.pressOtherWays)
}

// press tests the destination by the API, then by the command line.
func (b *brand) press(t *testing.T, x button) {
	id := b.destination(t, x.body)
	things := b.api.Destinations(b.account)
	began := time.Now().Truncate(time.Second)
	p, err := things.Test(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, x.steps, stepsOf(p), "%+v", p)
	require.Equal(t, x.can != nil, p.OK)
	require.Equal(t, x.can, p.Capabilities)
	require.Contains(t, p.Problem, x.says)
	require.Zero(t, x.left(), "nothing is left behind")
	var took int64
	for _, s := range p.Steps {
		took += s.Millis
	}
	require.Less(t, took, time.Minute.Milliseconds())

	v, _, err := things.Get(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, &p, &v.Tested.Probe, "it is kept")
	require.WithinRange(t, v.Tested.At, began, time.Now())

	out, code := b.starterCode(t, "destination", "test", id, "-o", "json")
	require.Equal(t, map[bool]int{true: 0, false: 1}[p.OK], code, out)
	var again httpapi.Probe
	require.NoError(t, json.NewDecoder(strings.NewReader(out)).Decode(&again), out)
	require.Equal(t, x.steps, stepsOf(again))
	shown := b.starter(t, "destination", "show", id)
	if p.OK {
		require.Contains(t, shown, "level "+strconv.Itoa(x.can.Verify))
	} else {
		require.Contains(t, shown, x.says)
	}
	require.Zero(t, x.left())

	changed, err := things.Replace(t.Context(), id, x.body, apiclient.Write{})
	require.NoError(t, err)
	require.Nil(t, changed.Tested, "what was tested is not what is there now")
}

func (b *brand) pressSource(t *testing.T) {
	p, err := b.api.Sources(b.account).Test(t.Context(), b.source)
	require.NoError(t, err)
	require.True(t, p.OK, "%+v", p)
	require.True(t, strings.HasPrefix(stepsOf(p), "connect ok, log in ok, read "), stepsOf(p))
	require.Contains(t, stepsOf(p), "read messaging_interactions ok")
	v, _, err := b.api.Sources(b.account).Get(t.Context(), b.source)
	require.NoError(t, err)
	require.Equal(t, p, v.Tested.Probe)
	require.Contains(t, b.starter(t, "source", "list"), " ok")
}

// pressOtherWays tests a source without an API key, with the sandbox's own user and app.
func (b *brand) pressOtherWays(t *testing.T) {
	body := b.sourceBody(t)
	body.Credentials = &httpapi.SourceCredentials{
		Login:  &httpapi.SourceLogin{Username: httpapi.SecretValue("reporter"), Password: httpapi.SecretValue("login-password-0001")},
		OAuth2: &httpapi.SourceApp{ClientID: httpapi.SecretValue("client-0001"), ClientSecret: httpapi.SecretValue("client-secret-0001")},
	}
	made, err := b.api.Sources(b.account).Create(t.Context(), body, apiclient.Write{})
	require.NoError(t, err)
	require.Equal(t, []string{"login", "oauth2"}, made.Auth)
	p, err := b.api.Sources(b.account).Test(t.Context(), made.ID)
	require.NoError(t, err)
	require.True(t, p.OK, "%+v", p)
	for _, step := range []string{"read messaging_interactions ok", "read users ok", "read outbound ok", "read agent_activity failed"} {
		require.Contains(t, stepsOf(p), step)
	}
	out := b.starter(t, "source", "test", made.ID)
	for _, says := range []string{"with a user's login (login)", "with an app (oauth2)", "give the source credentials.oauth1"} {
		require.Contains(t, out, says)
	}
}

// stepsOf writes the steps of a test in a line.
func stepsOf(p httpapi.Probe) string {
	var words []string
	for _, s := range p.Steps {
		words = append(words, s.Name+map[bool]string{true: " ok", false: " failed"}[s.OK])
	}
	return strings.Join(words, ", ")
}

func inOutbox(t *testing.T, server *sshdtest.Server) func() int {
	return func() int { return len(filesIn(t, filepath.Join(server.Jail, "outbox"), nil)) }
}

func s3Button(store *realtest.S3, bucket string) httpapi.Destination {
	return httpapi.Destination{
		Kind: "s3", Description: "Bucket", Fields: map[string]any{"bucket": bucket, "endpoint": store.URL, "region": realtest.S3Region},
		Credentials: map[string]httpapi.Secret{
			"accessKeyId": httpapi.SecretValue(realtest.S3Key), "secretAccessKey": httpapi.SecretValue(realtest.S3Secret),
		},
	}
}

// inBucket counts objects and open uploads.
func inBucket(t *testing.T, store *realtest.S3, bucket string) func() int {
	return func() int { return len(filesIn(t, filepath.Join(store.Data, bucket), nil)) }
}
