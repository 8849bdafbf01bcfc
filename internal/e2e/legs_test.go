package e2e

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/contract"
	"transporter/internal/httpapi"
	"transporter/internal/manifest"
)

// atOnce is how much longer than ever a leg may take whose destination is well, whatever the others do.
const atOnce = 30 * time.Second

// A destination that is down holds up no other, and catches up when it is back without one
// more call to the source.
func TestDeadLegCatchesUp(t *testing.T) {
	t.Parallel()
	s := start(t, options{})
	w := s.before(24*time.Hour, 3*time.Hour)
	usual := s.brand(t).takes(t, w)
	b := s.brand(t)
	id := b.task(t, spec("msg.messages", "csv"))
	s.sftp.stop(t)

	run := b.begin(t, id, w)
	began := time.Now()
	var d httpapi.RunDetail
	eventually(t, "the leg that is well is delivered", func() bool {
		d = b.look(t, run)
		return len(d.Receipts) == 1 && d.Outcome == contract.OutcomePartial
	})
	require.Less(t, time.Since(began), usual+atOnce)
	require.Contains(t, d.Receipts[0].Leg, b.cloud)
	require.Equal(t, "running", d.Status)
	require.Len(t, b.files(t, b.cloud), 2, "the file and its manifest")
	require.Empty(t, b.files(t, b.partner))
	delivered, calls := b.contents(t, b.cloud), s.calls(t)

	s.sftp.start(t)
	d = b.end(t, run)
	require.Equal(t, "delivered", d.Outcome, d.Error)
	require.Len(t, d.Receipts, 2)
	require.Equal(t, calls, s.calls(t), "the source is not asked again")
	require.Equal(t, delivered, b.contents(t, b.cloud), "the delivered leg is left alone")
	want := s.world(t, byEnd, w).messages()
	require.NotEmpty(t, want)
	require.Equal(t, want, b.rows(t, d, b.partner))
	requireSameFiles(t, b)
}

// takes is how long a run of the window takes here while all is well.
func (b *brand) takes(t *testing.T, w httpapi.WindowView) time.Duration {
	t.Helper()
	id, began := b.task(t, spec("msg.messages", "csv")), time.Now()
	require.Equal(t, contract.OutcomeDelivered, b.run(t, id, w).Outcome)
	return time.Since(began)
}

// requireSameFiles asserts that both destinations hold the same final files, byte for byte,
// and nothing else.
func requireSameFiles(t *testing.T, b *brand) {
	t.Helper()
	cloud, partner := map[string]string{}, map[string]string{}
	for name, content := range b.contents(t, b.partner) {
		partner[name] = ofAnyLeg(t, name, content)
	}
	for name, content := range b.contents(t, b.cloud) {
		final, err := filepath.Rel("files", name)
		require.NoError(t, err)
		cloud[final] = ofAnyLeg(t, final, content)
	}
	require.Equal(t, cloud, partner)
}

// ofAnyLeg takes out of a manifest what tells its leg: the name, and so the signature.
func ofAnyLeg(t *testing.T, name, content string) string {
	t.Helper()
	if !strings.HasSuffix(name, manifest.Suffix) {
		return content
	}
	var all map[string]any
	require.NoError(t, json.Unmarshal([]byte(content), &all))
	delete(all, "signature")
	delete(all["manifest"].(map[string]any), "leg")
	text, err := json.Marshal(all)
	require.NoError(t, err)
	return string(text)
}
