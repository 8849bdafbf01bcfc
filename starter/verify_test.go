package main

import (
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/keys"
	"transporter/internal/manifest"
	"transporter/internal/task"
)

// A folder with a window and its changes is whole; without what the changes are to be applied to, or
// with a count that they do not have, it is not.
func TestVerifyChanges(t *testing.T) {
	t.Chdir(t.TempDir())
	public, private, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	pem, err := keys.PublicPEM(public)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile("signing.pub", pem, 0o600))
	require.NoError(t, os.Mkdir("in", 0o700))
	to := time.Now().UTC().Truncate(time.Hour)
	deliver := func(name string, revision int, rows int64, revises *manifest.Revises) {
		content := []byte("rows of " + name + "\n")
		m := manifest.Manifest{
			Format: manifest.Format, Task: "01T", Leg: "l", Report: "msg.messages@1.0", Window: task.Window{From: to.Add(-time.Hour), To: to}, Generation: 1, Revision: revision, Rows: rows,
			Files: []manifest.File{{Name: name + ".csv", Size: int64(len(content)), SHA256: fmt.Sprintf("%x", sha256.Sum256(content)), Rows: rows, Part: 1}},
		}
		if revises != nil {
			m.Revise(*revises)
			require.Equal(t, "transporter-manifest/3", m.Format)
		}
		text, err := manifest.Sign(m, private)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile("in/"+name+".manifest.json", text, 0o600))
		require.NoError(t, os.WriteFile("in/"+name+".csv", content, 0o600))
	}
	changes := &manifest.Revises{Mode: task.RevisionsChanges, Held: 10, Added: 1, Changed: 1, Removed: 1}
	deliver("m", 0, 10, nil)
	deliver("m_r1", 1, 3, changes)
	whole := alone(t, "", "verify", "in", "--key", "signing.pub")
	require.Equal(t, exitOK, whole.code, whole.err+whole.out)

	deliver("m_r1", 1, 4, changes)
	counted := alone(t, "", "verify", "in", "--key", "signing.pub")
	require.Equal(t, exitFailed, counted.code)
	require.Contains(t, counted.out, "it says 1 rows added, 1 changed and 1 removed since revision 0, and has 4")

	deliver("m_r1", 1, 3, changes)
	require.NoError(t, os.Remove("in/m.manifest.json"))
	require.NoError(t, os.Remove("in/m.csv"))
	alone := alone(t, "", "verify", "in", "--key", "signing.pub")
	require.Equal(t, exitFailed, alone.code)
	require.Contains(t, alone.out, "since revision 0, which is missing")
}

func TestTasksSayWhatBecomesOfLateData(t *testing.T) {
	for want, r := range map[string]task.Revisions{
		"full, checked when asked for":                {Mode: task.RevisionsFull},
		"changes, checked 1h, 1d after a run was due": {Mode: task.RevisionsChanges, CheckAfter: []task.Duration{task.Duration(time.Hour), task.Duration(24 * time.Hour)}},
	} {
		require.Equal(t, want, revisionsText(r))
	}
}
