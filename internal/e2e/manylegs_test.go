package e2e

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"
	sdkpb "go.temporal.io/api/sdk/v1"

	"transporter/internal/contract"
	"transporter/internal/httpapi"
	"transporter/internal/realtest"
	"transporter/internal/sshdtest"
	"transporter/internal/task"
)

// manyLegs is a task with three legs that have nothing in common but their rows.
type manyLegs struct {
	*brand
	server  *sshdtest.Server
	store   *realtest.S3
	bucket  string
	task    string
	shown   []string // the legs as people know them
	partner string
}

func startManyLegs(t *testing.T) *manyLegs {
	t.Helper()
	m := &manyLegs{server: sshdtest.Start(t, ""), store: realtest.StartS3(t)}
	m.bucket = m.store.Bucket(t)
	m.brand = start(t, options{worker: []string{"--allow", m.server.Address() + "," + strings.TrimPrefix(m.store.URL, "http://")}}).brand(t)
	m.partner = m.openSSH(t, m.server, m.server.Address())
	lake := m.destination(t, s3Body(m.store, m.bucket))
	size, hash, bytes := 1, 2, 3
	clear := task.Encryption{Mode: task.EncryptNone}
	s := spec("msg.messages", "csv")
	s.Destinations = []task.Leg{
		{Destination: m.cloud, Path: "shelf", FileName: "kept_{from}_{to}{part}{revision}.{ext}", Encryption: clear, Verify: &size},
		{Destination: m.partner, Path: "in/daily", FileName: "messages_{from}_{to}{part}{revision}.{ext}", Encryption: task.Encryption{Mode: task.EncryptPGP, Keys: []string{m.key}}, Verify: &bytes},
		{Destination: lake, Path: "lake", Layout: task.LayoutPartitioned, Encryption: clear, Verify: &hash},
	}
	m.task = m.brand.task(t, s)
	m.shown = []string{"Cloud store/shelf", "OpenSSH/in/daily", "versitygw/lake"}
	return m
}

// Every destination of a task is a leg of its own, with its path, layout, names, encryption
// and verification. One that is down holds up no other, is seen to wait in the API, on the
// command line and in the Temporal UI, and catches up by itself without one more call of
// the source.
func TestLegsAreIndependent(t *testing.T) {
	t.Parallel()
	m := startManyLegs(t)
	w := m.before(24*time.Hour, 3*time.Hour)
	m.server.Stop()
	run := m.begin(t, m.task, w)
	var d httpapi.RunDetail
	eventually(t, "two legs are delivered, and the third says why it waits", func() bool {
		d = m.look(t, run)
		return len(d.Receipts) == 2 && strings.Contains(m.uploadTo(d).Detail, "refused")
	})
	require.Equal(t, contract.OutcomePartial, d.Outcome)
	require.Equal(t, contract.StepRunning, m.uploadTo(d).State)
	command, ui := m.starter(t, "run", "show", run), m.details(t, d)
	for _, leg := range m.shown {
		require.Contains(t, command, leg)
		require.Contains(t, ui, leg)
	}
	require.Contains(t, command, "refused")
	require.Contains(t, ui, "| upload | OpenSSH/in/daily | running |")
	calls := m.calls(t)

	m.server.Start(t)
	d = m.end(t, run)
	require.Equal(t, contract.OutcomeDelivered, d.Outcome, d.Error)
	require.Equal(t, calls, m.calls(t), "the source is not asked again")
	m.check(t, d, w)
}

// uploadTo is the upload to the partner.
func (m *manyLegs) uploadTo(d httpapi.RunDetail) (found httpapi.StepView) {
	for _, step := range d.Steps {
		if step.Name == contract.ActivityUpload && strings.HasPrefix(step.Leg, m.partner) {
			found = step
		}
	}
	return found
}

// details is what the Temporal UI shows of the run.
func (m *manyLegs) details(t *testing.T, d httpapi.RunDetail) string {
	t.Helper()
	answer, err := m.client(t).QueryWorkflow(context.Background(), workflowOf(t, d), "", "__temporal_workflow_metadata")
	require.NoError(t, err)
	var metadata sdkpb.WorkflowMetadata
	require.NoError(t, answer.Get(&metadata))
	return metadata.GetCurrentDetails()
}

// check holds what lies at the three places against the truth and against each other.
func (m *manyLegs) check(t *testing.T, d httpapi.RunDetail, w httpapi.WindowView) {
	t.Helper()
	require.Equal(t, m.world(t, byEnd, w).messages(), m.rows(t, d, m.cloud))
	content := m.data(t, d, m.cloud)[0].raw

	inbox := filepath.Join(m.server.Jail, "outbox", "in", "daily")
	names := m.namesIn(t, inbox)
	require.Len(t, names, 2, "the file and its manifest")
	require.True(t, strings.HasPrefix(names[0], "messages_") && strings.HasSuffix(names[0], ".csv.pgp"), "%v", names)
	sealed, err := os.ReadFile(filepath.Join(inbox, names[0]))
	require.NoError(t, err)
	require.Equal(t, content, delivered{FileView: httpapi.FileView{Encrypted: true}, raw: sealed}.clear(t, receiver(t)))

	objects, err := m.store.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: &m.bucket})
	require.NoError(t, err)
	var keys []string
	for _, o := range objects.Contents {
		require.True(t, strings.HasPrefix(*o.Key, "lake/"), *o.Key)
		keys = append(keys, filepath.Base(*o.Key))
	}
	require.Len(t, keys, 3, "the file, its manifest and _SUCCESS")
	require.Contains(t, keys, "_SUCCESS")

	levels := map[string]int{}
	for _, r := range d.Receipts {
		require.Equal(t, r.Asked, r.Reached)
		levels[strings.SplitN(r.Leg, ".", 2)[0]] = r.Reached
	}
	require.Equal(t, 1, levels[m.cloud])
	require.Equal(t, 3, levels[m.partner])
	require.Len(t, levels, 3)
}

// namesIn lists a folder of the server's, sorted.
func (m *manyLegs) namesIn(t *testing.T, folder string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	for _, e := range entries {
		names = append(names, e.Name())
	}
	slices.Sort(names)
	return names
}
