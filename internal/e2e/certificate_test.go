package e2e

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/apiclient"
	"transporter/internal/coverage"
	"transporter/internal/httpapi"
)

// A certificate of a task with a delivered, an empty and a re-run window stands by itself,
// until one byte of it is another.
func testCertificate(t *testing.T, b *brand) {
	id := b.task(t, b.hourly(emptyHour))
	eventually(t, "both windows are delivered or empty", func() bool { return b.covered(t, id).Complete })
	again, err := b.api.RunTask(t.Context(), b.account, id, window(b.hour(wholeHour)), apiclient.Write{})
	require.Error(t, err, "a delivered window is not run again without being asked to: %+v", again)
	b.starter(t, "backfill", "start", id, "--mode", "again", "--from", b.hour(wholeHour).From.Format(time.RFC3339), "--watch")

	text := b.starter(t, "certificate", id)
	file := filepath.Join(t.TempDir(), "certificate.json")
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	out := b.starter(t, "verify", file)
	t.Log(out)
	require.Regexp(t, `windows with receipt:\s+2\n`, out)
	require.Regexp(t, `complete:\s+yes\n`, out)
	require.Regexp(t, `problems:\s+0\n`, out)

	var signed struct {
		Certificate coverage.Certificate `json:"certificate"`
	}
	require.NoError(t, json.Unmarshal([]byte(text), &signed))
	c := signed.Certificate
	require.True(t, c.Complete)
	require.Len(t, c.Windows, 2)
	require.Equal(t, []coverage.Status{coverage.Empty, coverage.Delivered}, []coverage.Status{c.Windows[0].Status, c.Windows[1].Status})
	require.Equal(t, []int64{0, 2}, []int64{c.Windows[0].Rows, c.Windows[1].Rows})
	require.Equal(t, []int{0, 1}, []int{c.Windows[0].Revision, c.Windows[1].Revision}, "the last revision counts")
	require.Equal(t, c.Windows[0].To, c.Windows[1].From, "they tile")
	require.True(t, c.From.Equal(b.hour(emptyHour).From) && c.To.Equal(b.now))

	// Whoever has the key needs nobody else.
	key, err := b.api.SigningKey(t.Context())
	require.NoError(t, err)
	public := filepath.Join(t.TempDir(), "signing.pub")
	require.NoError(t, os.WriteFile(public, []byte(key.PEM), 0o600))
	alone, err := exec.Command(filepath.Join(programs(t), "starter"), "verify", file, "--key", public, "--api", "http://127.0.0.1:1").CombinedOutput()
	require.NoError(t, err, string(alone))
	require.Equal(t, out, string(alone))

	var indented bytes.Buffer
	require.NoError(t, json.Indent(&indented, []byte(text), "", "\t"))
	for name, c := range map[string]struct {
		text string
		code int
		says string
	}{
		"indented otherwise":  {indented.String(), 0, "problems"},
		"another count":       {strings.Replace(text, `"rows": 2`, `"rows": 3`, 1), 1, "the signature is not of this key over this certificate"},
		"a window taken away": {without(t, text, 0), 1, "the signature is not of this key over this certificate"},
		"broken off":          {text[:len(text)/2], 1, "certificate is no JSON of one"},
	} {
		t.Run(name, func(t *testing.T) {
			changed := filepath.Join(t.TempDir(), "changed.json")
			require.NoError(t, os.WriteFile(changed, []byte(c.text), 0o600))
			out, code := b.starterCode(t, "verify", changed)
			require.Equal(t, c.code, code, out)
			require.Contains(t, out, c.says)
		})
	}

	// Of a window that is missing the certificate says so, signed.
	more := b.hour(spoilHour).From.Format(time.RFC3339)
	require.NoError(t, os.WriteFile(file, []byte(b.starter(t, "certificate", id, "--from", more)), 0o600))
	out, code := b.starterCode(t, "verify", file)
	t.Log(out)
	require.Equal(t, 1, code, out)
	require.Contains(t, out, "the signature is good; the period is not complete: 1 problem")
}

func window(w httpapi.WindowView) *httpapi.WindowView { return &w }

// without returns the signed certificate without its n-th window.
func without(t *testing.T, text string, n int) string {
	t.Helper()
	var signed map[string]any
	require.NoError(t, json.Unmarshal([]byte(text), &signed))
	c := signed["certificate"].(map[string]any)
	windows := c["windows"].([]any)
	c["windows"] = append(windows[:n:n], windows[n+1:]...)
	changed, err := json.Marshal(signed)
	require.NoError(t, err)
	return string(changed)
}
