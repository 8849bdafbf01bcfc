package apiclient_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"transporter/internal/apiclient"

	"github.com/stretchr/testify/require"
)

// answers returns a client of a server that answers every request with the status and body, once it has
// read it.
func answers(t *testing.T, status int, body string) *apiclient.Client {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(s.Close)
	return apiclient.New(apiclient.Config{URL: s.URL})
}

// Whoever opened the file closes it, and would take an error of that for one of sending.
func TestSendFileLeavesTheFileOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.png")
	require.NoError(t, os.WriteFile(path, []byte("an image"), 0o600))
	f, err := os.Open(path)
	require.NoError(t, err)
	out, err := answers(t, http.StatusOK, `{"dialog":"d","sequence":3}`).Conversations("a").
		SendFile(t.Context(), "c", "image/png", "", "", f, apiclient.Write{Key: "k"})
	require.NoError(t, err)
	require.Equal(t, 3, *out.Sequence)
	require.NoError(t, f.Close())
}

func TestErrorsNameTheField(t *testing.T) {
	for location, want := range map[string]string{
		"body.skill":             "skill: it must be a number",
		"query.state":            "state: it must be a number",
		"header.Idempotency-Key": "Idempotency-Key: it must be a number",
		"path.id":                "id: it must be a number",
	} {
		client := answers(t, http.StatusUnprocessableEntity, `{"status":422,"detail":"x","errors":[{"location":"`+location+`","message":"it must be a number"}]}`)
		_, err := client.Conversations("a").Get(t.Context(), "c")
		require.EqualError(t, err, want)
	}
	client := answers(t, http.StatusNotFound, `{"status":404,"detail":"x","errors":[{"location":"path.id","message":"there is no conversation \"c\""}]}`)
	_, err := client.Conversations("a").Get(t.Context(), "c")
	require.EqualError(t, err, `there is no conversation "c"`)
}
