// Package e2e holds the end-to-end tests: the whole system as processes, driven over its
// HTTP API, judged by what lies at the destinations and by what the sandbox says exists.
//
//	s := start(t, options{})                 // temporal, sandbox, worker, api, SFTP server
//	b := s.brand(t)                          // account, source, key, two destinations
//	id := b.task(t, spec("msg.messages", "csv"))
//	run := b.run(t, id, window)              // to its end
//	require.Equal(t, s.world(t, byEnd, window).messages(), b.rows(t, run, b.sftp))
package e2e

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"google.golang.org/grpc"

	"transporter/internal/apiclient"
	"transporter/internal/devstack"
	"transporter/internal/realtest"
	"transporter/internal/temporalx"
)

const (
	// platform is the sandbox's account.
	platform = "12345678"
	// patience bounds every wait for something that must happen. A machine that is ten times
	// slower than ours is to see it still.
	patience = 10 * time.Minute
	// glance is how often a test looks again.
	glance = 200 * time.Millisecond
)

// options describes a stack. The zero value is a brand of forty conversations an hour whose
// data end on a Wednesday afternoon, so that a test finds as much in them at whatever hour it runs.
type options struct {
	size    int       // conversations over 13 months; default 400,000
	seed    int       // of the sandbox's world; default 1
	now     time.Time // end of the sandbox's data; default: the last busy afternoon
	records string    // folder of recorded answers, served instead of a made-up world
	sandbox []string  // further flags of the sandbox
	worker  []string  // further flags of the worker
	env     []string  // further variables of the sandbox
}

// realClock makes the data of the sandbox go on: what tells of this moment asks by the clock.
var realClock = []string{"--now="}

// stack is the running system with what a test needs to look into it.
type stack struct {
	*devstack.Stack
	api  *apiclient.Client
	now  time.Time // end of the sandbox's data
	sftp *sftpServer
}

// start brings up a stack of its own for the test, which ends with it. A failed test shows
// the end of every log.
func start(t *testing.T, o options) *stack {
	t.Helper()
	ports, err := devstack.FreePorts()
	require.NoError(t, err)
	if o.size == 0 {
		o.size = 400_000
	}
	if o.seed == 0 {
		o.seed = 1
	}
	if o.now.IsZero() {
		o.now = afternoon(time.Now())
	}
	flags := []string{"--account", fmt.Sprintf("%s=%d", platform, o.size), "--seed", fmt.Sprint(o.seed), "--now", o.now.Format(time.RFC3339)}
	if o.records != "" {
		flags = append(flags, "--records", o.records)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	state := t.TempDir()
	open, err := devstack.Open(ctx, devstack.Config{
		Bin: programs(t), State: state, TemporalCLI: realtest.Tool(t, "TEMPORAL_CLI", "temporal"), Ports: ports,
		Sandbox: append(flags, o.sandbox...), SandboxEnv: append(sandboxEnv(), o.env...), Worker: o.worker,
	}, t.Logf)
	require.NoError(t, err)
	t.Cleanup(func() {
		if t.Failed() {
			showLogs(t, open.Logs())
		}
		if err := open.Close(); err != nil {
			t.Error(err)
		}
	})
	token, err := open.Token()
	require.NoError(t, err)
	s := &stack{Stack: open, api: apiclient.New(apiclient.Config{
		URL: open.APIURL(), Token: token, HTTP: &http.Client{Transport: patient{http.DefaultTransport}},
	}), now: o.now}
	s.sftp = serveSFTP(t, ports.SFTP, open.SFTPRoot(), filepath.Join(state, "sshd"))
	return s
}

// thisHour is the end of data that the platform keeps for a day or tells of this moment only.
func thisHour() time.Time { return time.Now().UTC().Truncate(time.Hour) }

// afternoon is the latest Wednesday, 18:00 UTC, before now: the hours of the day before it are
// neither a night's nor a weekend's.
func afternoon(now time.Time) time.Time {
	day := now.UTC().Truncate(24 * time.Hour).Add(18 * time.Hour)
	for day.Weekday() != time.Wednesday || day.After(now) {
		day = day.AddDate(0, 0, -1)
	}
	return day
}

// client returns a Temporal client of the stack.
func (s *stack) client(t *testing.T) client.Client {
	t.Helper()
	o, err := s.ClientOptions()
	require.NoError(t, err)
	options, err := temporalx.ClientOptions(o)
	require.NoError(t, err)
	options.ConnectionOptions.DialOptions = append(options.ConnectionOptions.DialOptions, grpc.WithChainUnaryInterceptor(patientCalls))
	var c client.Client
	eventually(t, "Temporal answers", func() bool {
		c, err = client.DialContext(t.Context(), options)
		return err == nil
	})
	t.Cleanup(c.Close)
	return c
}

// eventually polls until the condition holds, which may itself require, and shows what was
// waited for if it does not.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(glance) {
		require.True(t, time.Now().Before(deadline), "in %s not seen: %s", patience, what)
	}
}

var build struct {
	once sync.Once
	dir  string
	err  error
}

// programs builds the programs once for all tests and returns their folder.
func programs(t *testing.T) string {
	t.Helper()
	build.once.Do(func() {
		if build.dir, build.err = os.MkdirTemp("", "transporter-e2e-"); build.err != nil {
			return
		}
		cmd := exec.Command("go", "build", "-trimpath", "-o", build.dir+"/",
			"transporter/worker", "transporter/api", "transporter/sandbox", "transporter/starter")
		if out, err := cmd.CombinedOutput(); err != nil {
			build.err = fmt.Errorf("build the programs: %w\n%s", err, out)
		}
	})
	require.NoError(t, build.err)
	return build.dir
}

func TestMain(m *testing.M) {
	code := m.Run()
	if build.dir != "" {
		_ = os.RemoveAll(build.dir) // a leftover in the system's temporary folder does no harm
	}
	os.Exit(code)
}

// showLogs prints the end of every program's log.
func showLogs(t *testing.T, dir string) {
	const keep, width = 12, 600
	files, _ := filepath.Glob(filepath.Join(dir, "*.log")) // the pattern is good
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Log(err)
			continue
		}
		lines := strings.Split(strings.TrimSpace(string(b)), "\n")
		lines = lines[max(0, len(lines)-keep):]
		for i := range lines {
			lines[i] = lines[i][:min(len(lines[i]), width)]
		}
		t.Logf("%s ends:\n%s", filepath.Base(file), strings.Join(lines, "\n"))
	}
}

// get reads a small answer of the sandbox's plain side.
func get(t *testing.T, url string) *http.Response {
	t.Helper()
	res, err := http.Get(url)
	require.NoError(t, err)
	t.Cleanup(func() { _ = res.Body.Close() })
	require.Equal(t, http.StatusOK, res.StatusCode, url)
	return res
}
