package gcs

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/destination"
	"transporter/internal/destination/destinationtest"
	"transporter/internal/gcstest"
)

const (
	crashSize = 24 << 20
	// childVariable makes TestUploadOfAChild the process that is killed; its value is the folder
	// of its journal, endpointVariable and keyVariable say where and as whom it uploads.
	childVariable, endpointVariable, keyVariable, bucketVariable = "GCS_CHILD", "GCS_CHILD_ENDPOINT", "GCS_CHILD_KEY", "GCS_CHILD_BUCKET"
)

// fileJournal is a journal that outlives the process.
type fileJournal string

func (j fileJournal) Load(context.Context) ([]byte, error) {
	state, err := os.ReadFile(string(j))
	if os.IsNotExist(err) {
		return nil, nil
	}
	return state, err
}

func (j fileJournal) Save(_ context.Context, state []byte) error {
	whole := string(j) + ".new"
	if err := os.WriteFile(whole, state, 0o600); err != nil {
		return err
	}
	return os.Rename(whole, string(j))
}

func crashFile(t *testing.T, folder string) destination.File {
	f := destinationtest.Stream(t, "report.csv", crashSize, destination.Hash)
	f.Journal = fileJournal(filepath.Join(folder, "journal"))
	return f
}

// A process that is killed in the middle is survived by what it sent: another one goes on
// with its upload and sends no byte that the store has.
func TestKilledProcess(t *testing.T) {
	t.Parallel()
	g, folder := gcstest.Start(t), t.TempDir()
	config := testConfig(t, g, g.Bucket(t), &destinationtest.Wire{})
	child := exec.Command(os.Args[0], "-test.run=^TestUploadOfAChild$")
	child.Env = append(os.Environ(), childVariable+"="+folder, endpointVariable+"="+g.URL,
		keyVariable+"="+config.ServiceAccount.Reveal(), bucketVariable+"="+config.Bucket)
	var out bytes.Buffer
	child.Stdout, child.Stderr = &out, &out
	require.NoError(t, child.Start())
	for deadline := time.Now().Add(time.Minute); ; { // until the journal knows of a third
		if journalOf(t, folder).At >= crashSize/3 {
			break
		}
		require.True(t, time.Now().Before(deadline), "the child does not get on: %s", &out)
	}
	require.NoError(t, child.Process.Kill())
	_ = child.Wait()
	before := journalOf(t, folder)
	require.Less(t, before.At, int64(crashSize))
	require.Zero(t, before.Generation)

	f := crashFile(t, folder)
	deliver(t, mustConnect(t, config), f)
	require.Zero(t, g.SentAgain(config.Bucket))
	require.Empty(t, journalOf(t, folder))
	got, there := g.Get(t, config.Bucket, "brand/out/report.csv")
	require.True(t, there)
	size, sum, err := destination.Digest(t.Context(), bytes.NewReader(got))
	require.NoError(t, err)
	require.NoError(t, f.Matches(size, sum))
	require.Zero(t, g.Temps(t, config.Bucket))
}

// journalOf is what the journal in the folder knows.
func journalOf(t *testing.T, folder string) (st state) {
	t.Helper()
	kept, err := fileJournal(filepath.Join(folder, "journal")).Load(t.Context())
	require.NoError(t, err)
	if len(kept) > 0 {
		require.NoError(t, json.Unmarshal(kept, &st))
	}
	return st
}

// TestUploadOfAChild is the process that TestKilledProcess kills.
func TestUploadOfAChild(t *testing.T) {
	folder := os.Getenv(childVariable)
	if folder == "" {
		t.Skip("a part of TestKilledProcess")
	}
	s := mustConnect(t, Config{
		Bucket: os.Getenv(bucketVariable), Prefix: "brand/out", Endpoint: os.Getenv(endpointVariable),
		ServiceAccount: secret(os.Getenv(keyVariable)), Chunk: 512 << 10, HTTP: &http.Client{},
	})
	fmt.Println(s.Upload(t.Context(), crashFile(t, folder), testToken, func(int64) { time.Sleep(20 * time.Millisecond) }))
}
